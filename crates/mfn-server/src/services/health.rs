//! `grpc.health.v1`: all services are well until the server shuts down.
//!
//! tonic-health has this protocol too, but ends a watch of an unknown service,
//! where health.proto asks to tell it and to go on.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Request;
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::Status;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::SERVICE_NAME;
use tonic_health::pb::{FILE_DESCRIPTOR_SET, HealthCheckRequest, HealthCheckResponse};
use tower::Service;

use super::answer;
use crate::error::Error;
use crate::free_calls::{FreeCallPermit, MAX_MESSAGE_BYTES};
use crate::layers::answer_body::Answer;
use crate::messages::{Messages, Methods, RequestData, Unread};
use crate::origin::Origin;
use crate::readiness::State;
use crate::request_id::RequestId;

/// The method that goes on telling.
const WATCH: &str = "Watch";

/// Answers `grpc.health.v1.Health`.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    methods: Methods,
    state: watch::Receiver<State>,
    services: &'static [&'static str],
}

impl Health {
    /// Health of `services` and, by the empty name, of the server as a whole.
    pub(super) fn new(state: watch::Receiver<State>, services: &'static [&'static str]) -> Self {
        let methods = Methods::of(SERVICE_NAME, FILE_DESCRIPTOR_SET);
        Self { methods, state, services }
    }

    fn knows(&self, service: &str) -> bool {
        service.is_empty() || self.services.contains(&service)
    }

    fn check(&self, service: &str) -> Result<HealthCheckResponse, Status> {
        if !self.knows(service) {
            let known = self.services.join(", ");
            return Err(Status::not_found(format!("ask for \"\" or one of: {known}")));
        }
        Ok(response(status(*self.state.borrow())))
    }

    /// The present state and each change, for as long as they are asked for.
    fn watch(&self, service: &str, permit: FreeCallPermit) -> Watch {
        let states: Pin<Box<dyn Stream<Item = ServingStatus> + Send>> = if self.knows(service) {
            Box::pin(WatchStream::new(self.state.clone()).map(status))
        } else {
            // No service appears while a server runs, so nothing comes after it.
            let unknown = tokio_stream::once(ServingStatus::ServiceUnknown);
            Box::pin(unknown.chain(tokio_stream::pending()))
        };
        Watch { states, _permit: permit }
    }
}

/// A watch, and the permit with which it is open.
struct Watch {
    states: Pin<Box<dyn Stream<Item = ServingStatus> + Send>>,
    _permit: FreeCallPermit,
}

impl Stream for Watch {
    type Item = Result<HealthCheckResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.states.as_mut().poll_next(cx);
        next.map(|next| next.map(|status| Ok(response(status))))
    }
}

impl<B> Service<Request<B>> for Health
where
    B: RequestData,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let method = self.methods.at(request.uri().path()).cloned();
        let health = self.clone();
        let id = RequestId::in_layers(request.extensions());
        let connection = Origin::free_calls(request.extensions());
        let observed = request.extensions().get().cloned();
        let body = request.into_body();
        Box::pin(async move {
            let answer = async {
                let (connection, method) = (connection?, method.ok_or(Error::MethodUnknown)?);
                let messages = Messages::new(body, method.request, MAX_MESSAGE_BYTES);
                let message = messages.observed(observed).only();
                let request: HealthCheckRequest = connection.receive(message).await?.decode()?;
                Ok(if &*method.name == WATCH {
                    answer::lasting(health.watch(&request.service, connection.watch()?))
                } else {
                    match health.check(&request.service) {
                        Ok(response) => answer::one(&response),
                        Err(status) => status.into_http(),
                    }
                })
            };
            Ok(answer.await.unwrap_or_else(|unread: Unread| unread.into_response(&id)))
        })
    }
}

fn status(state: State) -> ServingStatus {
    if state.is_ready() { ServingStatus::Serving } else { ServingStatus::NotServing }
}

fn response(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}
