//! A client that does nothing wrong, beside those that do.

use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::client::SendRequest;
use mfn_proto::SimulationRequest;
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tonic::Code;

use crate::caller::{RUN, call, encoded, framed, head, small};
use crate::serving::Serving;
use crate::signed::signed;

/// Between its calls.
const PAUSE: Duration = Duration::from_millis(5);
pub(crate) const HEALTH: &str = "/grpc.health.v1.Health/Check";

/// A client that asks for the server's health, for a computation that is small
/// and for one that is not, one after the other, until it is asked how it went.
pub(crate) struct Honest {
    stop: oneshot::Sender<()>,
    /// How often it has made each of its calls.
    rounds: watch::Receiver<usize>,
    calls: JoinHandle<Experience>,
}

/// What it has met.
#[derive(Debug, Default)]
pub(crate) struct Experience {
    /// How long the calls took that were answered.
    pub(crate) answered: Vec<Duration>,
    pub(crate) failures: Vec<String>,
}

impl Honest {
    /// Calls with `key`, if there are keys, on a connection of its own.
    pub(crate) async fn calls(server: &Serving, key: Option<&'static str>) -> Self {
        let requests = connect(server).await;
        let (stop, mut stopped) = oneshot::channel();
        let (made, rounds) = watch::channel(0);
        let calls = tokio::spawn(async move {
            let mut experience = Experience::default();
            while stopped
                .try_recv()
                .is_err_and(|error| error == oneshot::error::TryRecvError::Empty)
            {
                experience.call_each(&requests, key).await;
                made.send_modify(|rounds| *rounds += 1);
                // Far within its limits.
                tokio::time::sleep(PAUSE).await;
            }
            experience
        });
        Self { stop, rounds, calls }
    }

    /// Waits until it has made each of its calls so often from now on.
    pub(crate) async fn calls_on(&self, times: usize) {
        let mut rounds = self.rounds.clone();
        let end = *rounds.borrow() + times;
        let made = crate::soon("its calls", rounds.wait_for(|rounds| *rounds >= end)).await;
        made.expect("it goes on until it is stopped");
    }

    /// How it went.
    pub(crate) async fn experience(self) -> Experience {
        self.stop.send(()).expect("it goes on until then");
        crate::soon("its last answer", self.calls).await.expect("no panic")
    }
}

/// Small frames do not wait for the acknowledgement of others: how long a call takes
/// is to be the server's doing.
async fn connect(server: &Serving) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(server.address).await.expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    let (requests, connection) = h2::client::handshake(stream).await.expect("it speaks HTTP/2");
    tokio::spawn(connection);
    requests
}

impl Experience {
    async fn call_each(&mut self, requests: &SendRequest<Bytes>, key: Option<&str>) {
        let run = || key.map_or_else(|| head(RUN), |key| signed(key, RUN));
        for (head, body) in [
            (head(HEALTH), framed(0, &[])),
            (run(), encoded(&small())),
            (run(), encoded(&SimulationRequest::default())),
        ] {
            let start = Instant::now();
            let ended = call(requests, head, body).await;
            match ended.status {
                Some(status) if status.code() == Code::Ok => {
                    self.answered.push(start.elapsed());
                }
                failure => self.failures.push(format!("{failure:?}")),
            }
        }
    }

    /// Nothing failed; and how many calls that were.
    pub(crate) fn was_served(&self) -> usize {
        assert!(self.failures.is_empty(), "{:?}", self.failures);
        self.answered.len()
    }

    /// What 99 of 100 calls took at most.
    pub(crate) fn p99(&self) -> Duration {
        let mut sorted = self.answered.clone();
        sorted.sort();
        sorted.get(sorted.len().saturating_sub(1) * 99 / 100).copied().unwrap_or_default()
    }
}
