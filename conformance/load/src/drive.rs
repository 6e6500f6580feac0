//! The work of one thread: its connections are made, called on, and cut off.

use std::sync::Arc;

use bytes::Bytes;
use h2::client::SendRequest;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::connect::{ConnectError, connect};
use super::connection;
use super::gate::Gate;
use super::worker::Worker;

/// What tells a thread to begin and to stop.
#[derive(Clone, Debug)]
pub(super) struct Signals {
    /// Takes whether all connections of a thread are made; closed when it ends.
    pub(super) connected: mpsc::UnboundedSender<Result<(), ConnectError>>,
    /// Has the gate once all threads are connected.
    pub(super) gate: watch::Receiver<Option<Arc<Gate>>>,
    /// Cuts off what is under way.
    pub(super) stop: CancellationToken,
}

/// Connects, waits for the gate, and calls until there are no more calls.
pub(super) async fn drive(worker: Arc<Worker>, mut signals: Signals) {
    let connected = match connect_all(&worker).await {
        Ok(connected) => connected,
        Err(error) => {
            signals.connected.send(Err(error)).ok();
            return;
        }
    };
    signals.connected.send(Ok(())).ok();
    let Ok(gate) = signals.gate.wait_for(Option::is_some).await.map(|gate| gate.clone()) else {
        return;
    };
    let Some(gate) = gate else { return };
    let mut connections = JoinSet::new();
    for (index, requests) in connected.into_iter().enumerate() {
        let first_stream = worker.first_stream + index * worker.streams;
        let worker = Arc::clone(&worker);
        connections.spawn(connection::run(worker, Arc::clone(&gate), requests, first_stream));
    }
    let all = async { while connections.join_next().await.is_some() {} };
    tokio::select! {
        () = all => {}
        () = signals.stop.cancelled() => {}
    }
}

async fn connect_all(worker: &Worker) -> Result<Vec<SendRequest<Bytes>>, ConnectError> {
    let mut connected = Vec::with_capacity(worker.connections);
    for _ in 0..worker.connections {
        connected.push(connect(&worker.endpoint, worker.streams, worker.timeout).await?);
    }
    Ok(connected)
}
