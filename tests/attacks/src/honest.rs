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
use soak::Failure;
use soak::message::framed;
use soak::server::Server;
use soak::signature;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::answers::Answers;
use crate::attacks::{CHECK, RUN};

/// The key whose owner is honest.
pub(crate) const KEY: &str = "lab";
/// Between its rounds, so that it is within its limits.
const PAUSE: Duration = Duration::from_millis(2);
/// Far more than any call takes: it only tells a failure from a wait without end.
const GUARD: Duration = Duration::from_mins(1);
/// How often it connects anew where it was not accepted: its connection may have made way for
/// another before it could show its key.
const TRIES: u32 = 20;

/// It asks for the server's health, for a computation that is small and for one that is not,
/// on one connection that stays, and for another one on a connection that it makes for that;
/// then all over again, until the attack is over.
pub(crate) struct Honest {
    phase: watch::Sender<Phase>,
    rounds: watch::Receiver<usize>,
    calls: JoinHandle<Experience>,
}

/// What attackers do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Phase {
    /// They are not there yet.
    Before,
    /// They send.
    Sending,
    /// They have sent all they can, and hold what they have.
    Holding,
    /// They may go.
    Over,
}

/// What it has met.
#[derive(Debug, Default)]
pub(crate) struct Experience {
    /// How long the calls took that were answered and made beside attackers.
    pub(crate) answered: Vec<Duration>,
    /// How many of them were made while attackers were sending.
    pub(crate) while_sending: usize,
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
    pub(crate) async fn begin(server: Arc<Server>, answers: Arc<Answers>) -> Result<Self, String> {
        let requests = connect(&server.endpoint).await?;
        let (phase, now) = watch::channel(Phase::Before);
        let (made, rounds) = watch::channel(0);
        let calls = tokio::spawn(async move {
            let mut experience = Experience::default();
            let mut caller = Caller { server, requests, answers, retried: 0 };
            for round in 0.. {
                for call in Call::of_round(round) {
                    let (begun, start) = (*now.borrow(), Instant::now());
                    let ended = timeout(GUARD, caller.make(&call)).await;
                    let ended = ended.unwrap_or_else(|_| Err("it never ended".to_owned()));
                    experience.note(begun, ended.map(|()| start.elapsed()));
                }
                made.send_modify(|rounds| *rounds += 1);
                if *now.borrow() == Phase::Over {
                    break;
                }
                sleep(PAUSE).await;
            }
            experience.retried = caller.retried;
            experience
        });
        Ok(Self { phase, rounds, calls })
    }

    /// Tells it what attackers do from now on.
    pub(crate) fn enters(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    /// How many rounds it has made.
    pub(crate) fn rounds(&self) -> usize {
        *self.rounds.borrow()
    }

    /// Waits until it has made so many rounds in all.
    pub(crate) async fn reaches(&self, rounds: usize) {
        self.rounds.clone().wait_for(|made| *made >= rounds).await.ok();
    }

    /// Has it make its last round: how it went.
    ///
    /// # Errors
    /// It has panicked.
    pub(crate) async fn experience(self) -> Result<Experience, Failure> {
        self.enters(Phase::Over);
        Ok(self.calls.await?)
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

    /// Notes how a call has ended that was begun in this phase: how long it took.
    fn note(&mut self, begun: Phase, ended: Result<Duration, String>) {
        match (begun, ended) {
            (_, Err(failure)) => self.failures.push(failure),
            (Phase::Before | Phase::Over, Ok(_)) => {}
            (Phase::Sending | Phase::Holding, Ok(took)) => {
                self.answered.push(took);
                self.while_sending += usize::from(begun == Phase::Sending);
            }
        }
    }
}

/// A call of a round.
struct Call {
    method: &'static str,
    request: Value,
    /// By Connect on a connection of its own.
    is_anew: bool,
}

impl Call {
    fn of_round(round: i32) -> [Self; 4] {
        // What no round before has asked for is not answered from what is kept.
        let new = json!({"seed": 1000 + round});
        let small = json!({"gridSize": 4, "steps": 1, "seed": 7});
        [
            (CHECK, json!({}), false),
            (RUN, small.clone(), false),
            (RUN, new, false),
            (RUN, small, true),
        ]
        .map(|(method, request, is_anew)| Self { method, request, is_anew })
    }
}

/// Who makes its calls.
struct Caller {
    server: Arc<Server>,
    /// The connection that stays.
    requests: SendRequest<Bytes>,
    answers: Arc<Answers>,
    retried: u64,
}

impl Caller {
    /// Makes a call, whose answer must be the one that it has always had.
    async fn make(&mut self, call: &Call) -> Result<(), String> {
        let message =
            if call.is_anew { self.anew(call).await? } else { self.by_grpc(call).await? };
        self.answers.compare(call.method, &call.request, &message)
    }

    async fn anew(&mut self, call: &Call) -> Result<Bytes, String> {
        let secret = self.server.keys.secret(KEY);
        let mut last = String::new();
        for _ in 0..TRIES {
            match by_connect(&self.server.endpoint, &secret, call).await {
                Ok(answer) => return answer,
                Err(lost) => last = lost,
            }
            self.retried += 1;
        }
        Err(format!("{TRIES} connections were lost: {last}"))
    }

    /// By gRPC on the connection that stays.
    async fn by_grpc(&self, Call { method, request, .. }: &Call) -> Result<Bytes, String> {
        let secret = self.server.keys.secret(KEY);
        let uri = format!("{}/{method}", self.server.endpoint);
        let mut head = Request::post(uri).body(()).map_err(|error| error.to_string())?;
        head.headers_mut().extend(signature::headers(&secret, &format!("/{method}")));
        for (name, value) in [("content-type", "application/grpc"), ("te", "trailers")] {
            head.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        let said = |error: h2::Error| error.to_string();
        let mut ready = self.requests.clone().ready().await.map_err(said)?;
        let (answer, mut sender) = ready.send_request(head, false).map_err(said)?;
        sender.send_data(framed(method, request), true).map_err(said)?;
        let (parts, mut body) = answer.await.map_err(said)?.into_parts();
        let mut message = Vec::new();
        while let Some(data) = body.data().await {
            let data = data.map_err(said)?;
            body.flow_control().release_capacity(data.len()).map_err(said)?;
            message.extend(data);
        }
        let trailers = body.trailers().await.map_err(said)?.unwrap_or(parts.headers);
        match trailers.get("grpc-status") {
            Some(status) if status == "0" => only_message(&message),
            status => Err(format!("{method} ends with the status {status:?}")),
        }
    }
}

/// The message of an answer that has one, without its prefix.
fn only_message(body: &[u8]) -> Result<Bytes, String> {
    match body.split_at_checked(messages::prefix(0).len()) {
        Some((prefix, message)) if prefix == messages::prefix(message.len()) => {
            Ok(Bytes::copy_from_slice(message))
        }
        _ => Err(format!("an answer of {} bytes is not one message", body.len())),
    }
}

async fn connect(endpoint: &Endpoint) -> Result<SendRequest<Bytes>, String> {
    let stream = endpoint.connect().await.map_err(|error| error.to_string())?;
    let (requests, connection) =
        h2::client::handshake(stream).await.map_err(|error| error.to_string())?;
    tokio::spawn(async move { drop(connection.await) });
    Ok(requests)
}

/// A call by Connect over HTTP/1.1, on a connection of its own: the message of its answer, or how
/// else it ended.
///
/// # Errors
/// The connection was lost before an answer came.
async fn by_connect(
    endpoint: &Endpoint,
    secret: &str,
    Call { method, request, .. }: &Call,
) -> Result<Result<Bytes, String>, String> {
    let content = Content::Message(framed(method, request), request.to_string());
    let parts = request::parts(Protocol::ConnectJson, false, content);
    let path = format!("/{method}");
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
    let method = messages::method(method);
    let mut reader = AnswerReader::new(Protocol::ConnectJson, method, status, parts.headers);
    while let Some(data) = exchange.data().await.map_err(lost)? {
        reader.take(&data);
    }
    let end = reader.end();
    Ok(match (end.message, end.faults.first()) {
        (Some(message), None) if status.is_success() => Ok(message.bytes),
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

    #[test]
    fn only_calls_beside_attackers_are_measured_and_all_must_be_answered() {
        let mut experience = Experience::default();
        for phase in [Phase::Before, Phase::Sending, Phase::Holding, Phase::Over] {
            experience.note(phase, Ok(Duration::from_millis(1)));
            experience.note(phase, Err("it was not".to_owned()));
        }
        assert_eq!((experience.answered.len(), experience.while_sending), (2, 1));
        assert_eq!(experience.failures.len(), 4);
    }

    #[test]
    fn an_answer_is_one_whole_message() {
        let message = framed(RUN, &json!({"seed": 7}));
        assert_eq!(only_message(&message).as_deref(), Ok(&message[5..]));
        for bad in [&message[..4], &message[..6], &[&message[..], b"x"].concat()] {
            assert!(only_message(bad).is_err(), "{bad:?}");
        }
    }
}
