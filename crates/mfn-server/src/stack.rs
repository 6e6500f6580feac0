//! The layers around every service, outermost first.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tower::{BoxError, Service, ServiceBuilder};

use crate::layers::deadline::DeadlineLayer;
use crate::layers::details::DetailsLayer;
use crate::layers::panic::PanicLayer;
use crate::layers::protocol::ProtocolLayer;
use crate::layers::request_id::RequestIdLayer;
use crate::services::{Services, is_unary};

/// What a call passes on its way to its service in `services`, and its answer on
/// the way back. Calls end when `cut_off` is cancelled.
pub(crate) fn stack<B>(
    services: Services,
    cut_off: CancellationToken,
) -> impl Service<Request<B>, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
+ Clone
+ Send
+ 'static
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
{
    ServiceBuilder::new()
        // Outermost: whatever answers, a layer or a service, the answer has an id.
        .layer(RequestIdLayer)
        // Around all that can have a fault.
        .layer(PanicLayer)
        // What is no gRPC has no deadline that it could be told of.
        .layer(ProtocolLayer)
        // From here on everything takes time.
        .layer(DeadlineLayer::new(cut_off, is_unary))
        // Next to the services, whose refusals it completes.
        .layer(DetailsLayer)
        .service(services)
}
