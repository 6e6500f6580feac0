//! The methods of the service that have one message. Those that take a stream are not
//! implemented, since MFN has none.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderMap, Request, Response};
use prost::{Message, Name};
use tonic::Status;
use tonic::body::Body;
use tower::Service;

use crate::proto::{
    ConformancePayload, IdempotentUnaryRequest, IdempotentUnaryResponse, ServerStreamRequest,
    StreamResponseDefinition, UnaryRequest, UnaryResponse, UnaryResponseDefinition,
};
use crate::request::{one_message, request_info};
use crate::respond;

const SERVICE: &str = "/connectrpc.conformance.v1.ConformanceService/";

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct ConformanceService {
    /// The longest message that it takes.
    pub(crate) max_message_bytes: usize,
}

impl Service<Request<Body>> for ConformanceService {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let max_bytes = self.max_message_bytes;
        Box::pin(async move {
            let answer = answer(request, max_bytes).await;
            Ok(answer.unwrap_or_else(Status::into_http))
        })
    }
}

async fn answer(request: Request<Body>, max_bytes: usize) -> Result<Response<Body>, Status> {
    let (head, body) = request.into_parts();
    match head.uri.path().strip_prefix(SERVICE) {
        Some("Unary") => {
            let request: UnaryRequest = one_message(&head.headers, body, max_bytes).await?;
            let definition = request.response_definition.clone().unwrap_or_default();
            respond::in_time(&head.headers, definition.response_delay_ms).await?;
            let response = |payload| UnaryResponse { payload: Some(payload) };
            Ok(unary(&head.headers, &request, definition, response).await)
        }
        Some("IdempotentUnary") => {
            let request: IdempotentUnaryRequest =
                one_message(&head.headers, body, max_bytes).await?;
            let definition = request.response_definition.clone().unwrap_or_default();
            respond::in_time(&head.headers, definition.response_delay_ms).await?;
            let response = |payload| IdempotentUnaryResponse { payload: Some(payload) };
            Ok(unary(&head.headers, &request, definition, response).await)
        }
        Some("ServerStream") => {
            let request: ServerStreamRequest = one_message(&head.headers, body, max_bytes).await?;
            let definition = request.response_definition.clone().unwrap_or_default();
            respond::in_time(&head.headers, definition.response_delay_ms).await?;
            Ok(server_stream(&head.headers, &request, definition))
        }
        _ => Err(Status::unimplemented("the service has no such method")),
    }
}

async fn unary<M: Message>(
    headers: &HeaderMap,
    request: &impl Name,
    definition: UnaryResponseDefinition,
    response: impl Fn(ConformancePayload) -> M,
) -> Response<Body> {
    use crate::proto::unary_response_definition::Response as Defined;

    let info = request_info(headers, request);
    let ends = respond::Ends::new(&definition.response_headers, &definition.response_trailers);
    respond::delay(definition.response_delay_ms).await;
    let data = match definition.response {
        Some(Defined::Error(error)) => {
            return ends.around(Vec::new(), 0, &respond::status(&error, Some(&info)));
        }
        Some(Defined::ResponseData(data)) => data,
        None => Vec::new(),
    };
    let payload = ConformancePayload { data, request_info: Some(info) };
    ends.around(vec![respond::framed(&response(payload))], 0, &Status::ok(""))
}

fn server_stream(
    headers: &HeaderMap,
    request: &ServerStreamRequest,
    definition: StreamResponseDefinition,
) -> Response<Body> {
    use crate::proto::ServerStreamResponse;

    let info = request_info(headers, request);
    let ends = respond::Ends::new(&definition.response_headers, &definition.response_trailers);
    let is_empty = definition.response_data.is_empty();
    let status = definition.error.map_or_else(
        || Status::ok(""),
        |error| respond::status(&error, Some(&info).filter(|_| is_empty)),
    );
    let mut info = Some(info);
    let message = |data| {
        let payload = ConformancePayload { data, request_info: info.take() };
        respond::framed(&ServerStreamResponse { payload: Some(payload) })
    };
    let messages = definition.response_data.into_iter().map(message).collect();
    ends.around(messages, definition.response_delay_ms, &status)
}
