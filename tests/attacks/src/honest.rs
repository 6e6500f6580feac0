//! A client that does nothing wrong, beside those that do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use conformance_web::request::{self, Content};
use conformance_web::{AnswerReader, Exchange, Http, Protocol};
use conformance_wire::{Endpoint, messages};
use h2::client::SendRequest;
use http::{HeaderValue, Request};
use serde_json::{Value, json};
use soak::message::framed;
use soak::server::Server;
use soak::signature;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::attacks::{CHECK, RUN};

/// The key whose owner is honest.
pub(crate) const KEY: &str = "lab";
/// Between its rounds, which is far within its limits.
const PAUSE: Duration = Duration::from_millis(5);
/// Far more than any call takes: it only tells a failure from a wait without end.
const GUARD: Duration = Duration::from_mins(1);
/// How often it connects anew where it was not accepted: its connection may have made way for
/// another before it could show its key.
const TRIES: u32 = 20;

/// It asks for the server's health, for a computation that is small and for one that is not,
/// on one connection that stays, and for another one on a connection that it makes for that;
/// then all over again, until it is told to stop.
pub(crate) struct Honest {
    stop: watch::Sender<bool>,
    rounds: watch::Receiver<usize>,
    calls: JoinHandle<Experience>,
}

/// What it has met.
#[derive(Debug, Default)]
pub(crate) struct Experience {
    /// How long the calls took that were answered.
    pub(crate) answered: Vec<Duration>,
    /// Connections that it had to make again.
    pub(crate) retried: u64,
    /// Why calls were not answered.
    pub(crate) failures: Vec<String>,
}

impl Honest {
    /// Begins to call.
    ///
    /// # Errors
    /// The server does not take its connection.
    pub(crate) async fn begin(server: Arc<Server>) -> Result<Self, String> {
        let requests = connect(&server.endpoint).await?;
        let (stop, stopped) = watch::channel(false);
        let (made, rounds) = watch::channel(0);
        let calls = tokio::spawn(async move {
            let mut experience = Experience::default();
            while !*stopped.borrow() {
                experience.round(&server, &requests).await;
                made.send_modify(|rounds| *rounds += 1);
                sleep(PAUSE).await;
            }
            experience
        });
        Ok(Self { stop, rounds, calls })
    }

    /// Waits until it has made so many rounds from now on.
    pub(crate) async fn makes(&self, rounds: usize) {
        let mut made = self.rounds.clone();
        let end = *made.borrow() + rounds;
        made.wait_for(|rounds| *rounds >= end).await.ok();
    }

    /// How it went.
    ///
    /// # Errors
    /// It has panicked.
    pub(crate) async fn experience(self) -> Result<Experience, String> {
        self.stop.send_replace(true);
        self.calls.await.map_err(|error| error.to_string())
    }
}

impl Experience {
    /// How long the fastest calls took of which there are so many of 100.
    pub(crate) fn quantile(&self, of_100: usize) -> Duration {
        let mut sorted = self.answered.clone();
        sorted.sort();
        let place = sorted.len().saturating_sub(1) * of_100 / 100;
        sorted.get(place).copied().unwrap_or_default()
    }

    async fn round(&mut self, server: &Server, requests: &SendRequest<Bytes>) {
        let secret = server.keys.secret(KEY);
        let endpoint = &server.endpoint;
        for (method, request) in [
            (CHECK, json!({})),
            (RUN, json!({"gridSize": 4, "steps": 1, "seed": 7})),
            (RUN, json!({"seed": new_seed(self.answered.len())})),
        ] {
            let start = Instant::now();
            let ended = timeout(GUARD, call(requests, endpoint, &secret, method, &request)).await;
            self.note(start, ended.unwrap_or_else(|_| Err("it never ended".to_owned())));
        }
        let start = Instant::now();
        let anew = timeout(GUARD, self.call_anew(endpoint, &secret)).await;
        self.note(start, anew.unwrap_or_else(|_| Err("it never ended".to_owned())));
    }

    async fn call_anew(&mut self, endpoint: &Endpoint, secret: &str) -> Result<(), String> {
        let mut last = String::new();
        for _ in 0..TRIES {
            match by_connect(endpoint, secret).await {
                Ok(status) => return status,
                Err(lost) => last = lost,
            }
            self.retried += 1;
        }
        Err(format!("{TRIES} connections were lost: {last}"))
    }

    fn note(&mut self, start: Instant, ended: Result<(), String>) {
        match ended {
            Ok(()) => self.answered.push(start.elapsed()),
            Err(failure) => self.failures.push(failure),
        }
    }
}

/// A number that no round before had, so that nothing is answered from what is kept.
fn new_seed(calls: usize) -> i32 {
    1000 + calls as i32
}

async fn connect(endpoint: &Endpoint) -> Result<SendRequest<Bytes>, String> {
    let stream = endpoint.connect().await.map_err(|error| error.to_string())?;
    let (requests, connection) =
        h2::client::handshake(stream).await.map_err(|error| error.to_string())?;
    tokio::spawn(async move { drop(connection.await) });
    Ok(requests)
}

/// A call by gRPC on the connection that stays.
async fn call(
    requests: &SendRequest<Bytes>,
    endpoint: &Endpoint,
    secret: &str,
    method: &str,
    request: &Value,
) -> Result<(), String> {
    let uri = format!("{endpoint}/{method}");
    let mut head = Request::post(uri).body(()).map_err(|error| error.to_string())?;
    head.headers_mut().extend(signature::headers(secret, &format!("/{method}")));
    for (name, value) in [("content-type", "application/grpc"), ("te", "trailers")] {
        head.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let said = |error: h2::Error| error.to_string();
    let mut ready = requests.clone().ready().await.map_err(said)?;
    let (answer, mut sender) = ready.send_request(head, false).map_err(said)?;
    sender.send_data(framed(method, request), true).map_err(said)?;
    let (parts, mut body) = answer.await.map_err(said)?.into_parts();
    while let Some(data) = body.data().await {
        let data = data.map_err(said)?;
        body.flow_control().release_capacity(data.len()).map_err(said)?;
    }
    let trailers = body.trailers().await.map_err(said)?.unwrap_or(parts.headers);
    match trailers.get("grpc-status") {
        Some(status) if status == "0" => Ok(()),
        status => Err(format!("{method} ends with the status {status:?}")),
    }
}

/// A call by Connect over HTTP/1.1, on a connection of its own: how it ended.
///
/// # Errors
/// The connection was lost before an answer came.
async fn by_connect(endpoint: &Endpoint, secret: &str) -> Result<Result<(), String>, String> {
    let request = json!({"gridSize": 4, "steps": 1});
    let content = Content::Message(framed(RUN, &request), request.to_string());
    let parts = request::parts(Protocol::ConnectJson, false, content);
    let path = format!("/{RUN}");
    let head = Request::post(&path).header("host", endpoint.authority());
    let mut head = head.body(parts.body).map_err(|error| error.to_string())?;
    for (name, value) in parts.headers {
        head.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    head.headers_mut().extend(signature::headers(secret, &path));
    let lost = |error: conformance_web::ExchangeError| error.to_string();
    let mut exchange = Exchange::begin(endpoint, Http::One, head).await.map_err(lost)?;
    let head = exchange.head().await.map_err(lost)?.ok_or("there was no head")?;
    let (parts, ()) = head.into_parts();
    let status = parts.status;
    let method = messages::method(RUN);
    let mut reader = AnswerReader::new(Protocol::ConnectJson, method, status, parts.headers);
    while let Some(data) = exchange.data().await.map_err(lost)? {
        reader.take(&data);
    }
    let end = reader.end();
    Ok(match (status.is_success(), end.faults.first()) {
        (true, None) => Ok(()),
        (_, fault) => Err(format!("Connect ends with HTTP status {status}, {fault:?}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_calls() {
        let ms = |count: u64| Duration::from_millis(count);
        let answered = (1..=100).rev().map(ms).collect();
        let experience = Experience { answered, ..Experience::default() };
        assert_eq!(experience.quantile(50), ms(50));
        assert_eq!(experience.quantile(99), ms(99));
        assert_eq!(experience.quantile(100), ms(100));
        assert_eq!(Experience::default().quantile(99), ms(0));
    }
}
