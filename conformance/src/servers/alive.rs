//! Whether a server lives.

use std::time::Duration;

use serde_json::json;

use crate::case::Call;
use crate::client::{CallError, Connection, Exchange, prepare};
use crate::server::Server;

/// Whether a small call is answered, however.
pub(super) async fn answers(server: &Server, timeout: Duration) -> Result<(), String> {
    let request = json!({ "grid_size": 4, "steps": 1 });
    let call = Call {
        method: "mfn.MFNSimulationService/RunSimulation".to_owned(),
        request: request.as_object().cloned(),
        ..Call::default()
    };
    let answered = async {
        let connection = Connection::open(server).await?;
        let callable = prepare(&call, server)?;
        Exchange::begin(&connection, callable.outgoing).await?.end(timeout).await
    };
    match tokio::time::timeout(timeout, answered).await {
        // What the answer has is for the cases to say.
        Ok(Ok(_) | Err(CallError::Secret { .. })) => Ok(()),
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
