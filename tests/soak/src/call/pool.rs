//! Connections of HTTP/2 that many calls share, each for a while.

use bytes::Bytes;
use conformance_wire::Endpoint;
use h2::client::SendRequest;
use http::HeaderMap;
use tokio::sync::Mutex;

use super::Seen;
use super::grpc::{self, Reading};
use crate::requests::Request;

/// Calls after which a connection is left: some live for seconds, some for minutes.
const CALLS: std::ops::Range<u32> = 20..2000;
/// A connection that its server has just asked to go takes no call: so another one is made.
const TRIES: u32 = 3;

/// Connections that calls take in turn.
#[derive(Debug)]
pub(crate) struct Pool {
    slots: Vec<Mutex<Option<Slot>>>,
}

#[derive(Debug)]
struct Slot {
    requests: SendRequest<Bytes>,
    calls_left: u32,
}

impl Pool {
    /// Of so many connections, none of which is open yet.
    pub(crate) fn new(connections: usize) -> Self {
        Self { slots: (0..connections).map(|_| Mutex::new(None)).collect() }
    }

    /// Closes all of them, once nobody calls.
    pub(crate) async fn close(&self) {
        for slot in &self.slots {
            slot.lock().await.take();
        }
    }

    /// Makes a call on one of them.
    pub(crate) async fn call(
        &self,
        endpoint: &Endpoint,
        request: &Request,
        path: &str,
        headers: &HeaderMap,
        reading: Reading,
    ) -> Seen {
        let mut why = String::new();
        for _ in 0..TRIES {
            let requests = match self.ready(endpoint).await {
                Ok(requests) => requests,
                Err(error) => return Seen::failed(grpc::NAME, error),
            };
            let uri = format!("{endpoint}{path}");
            match grpc::call(requests, request, &uri, headers, reading).await {
                Ok(seen) => return seen,
                Err(never_begun) => why = never_begun,
            }
        }
        Seen::failed(grpc::NAME, format!("{TRIES} connections take no call: {why}"))
    }

    /// A connection that takes a call.
    async fn ready(&self, endpoint: &Endpoint) -> Result<SendRequest<Bytes>, String> {
        let mut slot = self.slots[fastrand::usize(..self.slots.len())].lock().await;
        if let Some(Slot { requests, calls_left }) = slot.as_mut()
            && *calls_left > 0
            && let Ok(ready) = requests.clone().ready().await
        {
            *calls_left -= 1;
            return Ok(ready);
        }
        let requests = grpc::connect(endpoint).await?;
        *slot = Some(Slot { requests: requests.clone(), calls_left: fastrand::u32(CALLS) });
        requests.ready().await.map_err(|error| error.to_string())
    }
}
