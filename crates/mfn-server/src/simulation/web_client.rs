//! A client that speaks gRPC-Web over HTTP/1.1. It has one call at a time, and connects again
//! when its connection is closed.

use hyper::Error;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::DuplexStream;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::acceptor::Port;
use super::client::{Client, LONGEST};
use super::link::Link;
use super::web_exchange::WebBody;

/// By which requests are sent, and the task that sends them.
type Connection = (SendRequest<WebBody>, JoinHandle<Option<Error>>);

impl Client {
    /// Makes all calls of the plan, one after the other.
    pub(super) async fn call_all_by_web(&self, port: &Port, io: DuplexStream, mut link: Link) {
        let Some((mut requests, mut connection)) = self.begin_web(io).await else { return };
        for (number, plan) in self.plan.calls.iter().enumerate() {
            sleep(plan.begins).await;
            if requests.is_closed() {
                link = Link::default();
                let Some(io) = self.connect(port, &link) else { return };
                let Some(begun) = self.begin_web(io).await else { return };
                (requests, connection) = begun;
            }
            let id = format!("{}-{number}", self.number);
            self.ledger.plans(&id, plan);
            let call = self.make_by_web(&id, plan, &mut requests);
            self.end_of(&id, call, &link).await;
        }
        self.leave(connection, requests, &link).await;
    }

    async fn begin_web(&self, io: DuplexStream) -> Option<Connection> {
        let handshake = timeout(LONGEST, http1::handshake(TokioIo::new(io))).await;
        let (requests, connection) = handshake.ok()?.ok()?;
        Some((requests, self.world.spawn(async move { connection.await.err() })))
    }
}
