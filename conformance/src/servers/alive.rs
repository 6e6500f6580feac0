//! Whether a server lives.

use std::time::Duration;

use serde_json::json;

use crate::case::{Call, Code};
use crate::client::{Answer, CallError, Connection};
use crate::server::Server;

/// Whether a small call is answered, however.
pub(super) async fn answers(server: &Server, timeout: Duration) -> Result<(), String> {
    small_call(server, timeout).await.map(drop)
}

/// Whether a small call is refused for its key, or for having none.
pub(super) async fn asks_for_a_key(server: &Server, timeout: Duration) -> bool {
    let status = small_call(server, timeout).await.ok().flatten().and_then(|one| one.status());
    status.is_some_and(|status| status.code == Code::Unauthenticated)
}

/// The answer to it, or none where the answer had a secret.
async fn small_call(server: &Server, timeout: Duration) -> Result<Option<Answer>, String> {
    let request = json!({ "grid_size": 4, "steps": 1 });
    let call = Call {
        method: "mfn.MFNSimulationService/RunSimulation".to_owned(),
        request: request.as_object().cloned(),
        ..Call::default()
    };
    let answered = async { Connection::open(server).await?.call(&call, server, timeout).await };
    match tokio::time::timeout(timeout, answered).await {
        // What the answer has is for the cases to say.
        Ok(Ok(answer)) => Ok(Some(answer)),
        Ok(Err(CallError::Secret { .. })) => Ok(None),
        Ok(Err(error @ CallError::Connect(_))) => Err(error.to_string()),
        Ok(Err(error)) if !matches!(error, CallError::Silence(_)) => {
            Err(format!("{}: {error}", server.endpoint))
        }
        _ => Err(format!(
            "{} accepts, and does not answer a small call within {} s",
            server.endpoint,
            timeout.as_secs_f64()
        )),
    }
}
