//! Asks a server that failed until it serves again.

use std::time::Duration;

use http::uri::PathAndQuery;
use tokio::time::{sleep, timeout};
use tonic::client::Grpc;
use tonic::{Code, Request, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_prost::ProstCodec;

use crate::metadata::SoundChannel;
use crate::transport::{code_of, ready};

/// Between two questions, and for each of them.
const INTERVAL: Duration = Duration::from_secs(1);
const CHECK: &str = "/grpc.health.v1.Health/Check";

/// Returns when the server behind `channel` serves. It needs no credentials for that.
pub(crate) async fn serves(channel: SoundChannel) {
    loop {
        if let Ok(answer) = timeout(INTERVAL, check(channel.clone())).await
            && is_serving(answer)
        {
            return;
        }
        sleep(INTERVAL).await;
    }
}

async fn check(channel: SoundChannel) -> Result<HealthCheckResponse, Status> {
    let mut grpc = Grpc::new(channel);
    ready(&mut grpc).await?;
    let request = Request::new(HealthCheckRequest::default());
    let codec = ProstCodec::default();
    let answer = grpc.unary(request, PathAndQuery::from_static(CHECK), codec).await?;
    Ok(answer.into_inner())
}

fn is_serving(answer: Result<HealthCheckResponse, Status>) -> bool {
    match answer {
        Ok(answer) => answer.status() == ServingStatus::Serving,
        // A server may be there and have no health to tell of.
        Err(status) => code_of(&status) == Code::Unimplemented,
    }
}
