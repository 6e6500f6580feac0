//! Who makes the honest client's calls.

use std::sync::Arc;

use bytes::Bytes;
use h2::client::SendRequest;
use soak::server::Server;

use super::call::Call;
use super::{by_connect, by_grpc};
use crate::answers::Answers;

/// The key whose owner is honest.
const KEY: &str = "lab";
/// How often it connects anew where it was not accepted: its connection may have made way for
/// another before it could show its key.
const MAX_CONNECTIONS: u32 = 20;

/// Who makes the calls, with the key of its owner.
pub(super) struct Caller {
    server: Arc<Server>,
    /// The connection that stays.
    requests: SendRequest<Bytes>,
    answers: Arc<Answers>,
    /// How many connections were lost that it has made again.
    pub(super) retried: u64,
}

impl Caller {
    /// Makes the connection that stays.
    ///
    /// # Errors
    /// The server does not take it.
    pub(super) async fn connect(
        server: Arc<Server>,
        answers: Arc<Answers>,
    ) -> Result<Self, String> {
        let requests = by_grpc::connect(&server.endpoint).await?;
        Ok(Self { server, requests, answers, retried: 0 })
    }

    /// Makes a call, whose answer must be the one that it has always had.
    ///
    /// # Errors
    /// It is not answered, or is answered otherwise.
    pub(super) async fn make(&mut self, call: &Call) -> Result<(), String> {
        let secret = self.server.keys.secret(KEY);
        let message = if call.is_on_new_connection {
            self.on_new_connection(&secret, call).await?
        } else {
            by_grpc::call(&self.requests, &self.server.endpoint, &secret, call).await?
        };
        self.answers.compare(call.method, &call.request, &message)
    }

    /// By Connect, on a connection that is made for it.
    async fn on_new_connection(&mut self, secret: &str, call: &Call) -> Result<Bytes, String> {
        let mut last = String::new();
        for _ in 0..MAX_CONNECTIONS {
            match by_connect::call(&self.server.endpoint, secret, call).await {
                Ok(answer) => return answer,
                Err(lost) => last = lost,
            }
            self.retried += 1;
        }
        Err(format!("{MAX_CONNECTIONS} connections were lost: {last}"))
    }
}
