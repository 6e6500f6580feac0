//! The layers around every service, outermost first.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use tokio_util::sync::CancellationToken;
use tower::{Service, ServiceBuilder};

use crate::access::Access;
use crate::audit::Audit;
use crate::layers::audit::{AuditGate, AuditLayer, AuditedBody};
use crate::layers::authentication::Authentication;
use crate::layers::deadline::DeadlineLayer;
use crate::layers::details::DetailsLayer;
use crate::layers::gate::GateLayer;
use crate::layers::large_answer::LargeAnswerLayer;
use crate::layers::limits::LimitsLayer;
use crate::layers::panic::PanicLayer;
use crate::layers::protocol::ProtocolLayer;
use crate::layers::request_id::RequestIdLayer;
use crate::layers::scope::Scope;
use crate::layers::unread::UnreadLayer;
use crate::services::{Services, is_unary};

/// What a call passes on its way to its service in `services`, and its answer on
/// the way back. Calls end when `cut_off` is cancelled.
pub(crate) fn stack<B>(
    services: Services,
    access: &Arc<Access>,
    audit: Option<Audit>,
    cut_off: CancellationToken,
) -> impl Service<
    Request<B>,
    Response = Response<AuditedBody>,
    Error = Infallible,
    Future: Send + 'static,
> + Clone
+ Send
+ 'static
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
{
    ServiceBuilder::new()
        // Outermost: whatever answers, a layer or a service, the answer has an id.
        .layer(RequestIdLayer)
        // Around all that may refuse a call, so that none is missing.
        .layer(AuditLayer(audit.clone()))
        // Around all that may answer without a permit.
        .layer(UnreadLayer)
        // Around all that can have a fault.
        .layer(PanicLayer)
        // What is no gRPC has no deadline that it could be told of.
        .layer(ProtocolLayer)
        // From here on everything takes time.
        .layer(DeadlineLayer::new(cut_off, is_unary))
        // Before anything is done for a call that could not be recorded.
        .layer(GateLayer(AuditGate(audit)))
        // Before anything that could be charged to the wrong caller.
        .layer(GateLayer(Authentication(Arc::clone(access))))
        // Who may not call is not charged for having tried.
        .layer(GateLayer(Scope))
        // Next to the work that they limit.
        .layer(LimitsLayer(Arc::clone(access)))
        // Next to the services, whose refusals it completes.
        .layer(DetailsLayer)
        // Next to the services, who hand it what is too large for tonic to encode.
        .layer(LargeAnswerLayer)
        .service(services)
}
