//! `grpc.health.v1`: all services are well until the server shuts down.
//!
//! tonic-health has this protocol too, but ends a watch of an unknown service,
//! where health.proto asks to tell it and to go on.

use std::pin::Pin;

use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

/// Answers `grpc.health.v1.Health`.
#[derive(Debug)]
pub(super) struct ServerHealth {
    is_serving: watch::Receiver<bool>,
    services: &'static [&'static str],
}

/// Health of `services` and, by the empty name, of the server as a whole.
pub(super) fn service(
    is_serving: watch::Receiver<bool>,
    services: &'static [&'static str],
) -> HealthServer<ServerHealth> {
    HealthServer::new(ServerHealth { is_serving, services })
}

impl ServerHealth {
    fn knows(&self, service: &str) -> bool {
        service.is_empty() || self.services.contains(&service)
    }
}

#[tonic::async_trait]
impl Health for ServerHealth {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        if !self.knows(&request.get_ref().service) {
            let known = self.services.join(", ");
            return Err(Status::not_found(format!("ask for \"\" or one of: {known}")));
        }
        Ok(Response::new(answer(status(*self.is_serving.borrow()))))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let states: Self::WatchStream = if self.knows(&request.get_ref().service) {
            let changes = WatchStream::new(self.is_serving.clone());
            Box::pin(changes.map(|is_serving| Ok(answer(status(is_serving)))))
        } else {
            // No service appears while a server runs, so nothing comes after it.
            let unknown = tokio_stream::once(Ok(answer(ServingStatus::ServiceUnknown)));
            Box::pin(unknown.chain(tokio_stream::pending()))
        };
        Ok(Response::new(states))
    }
}

fn status(is_serving: bool) -> ServingStatus {
    if is_serving { ServingStatus::Serving } else { ServingStatus::NotServing }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}
