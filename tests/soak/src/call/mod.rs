//! How each kind of call is made, and what its caller sees.

mod by_hand;
mod grpc;
mod pool;
mod web;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use conformance_wire::messages;
use http::HeaderValue;
use soak::keys::{LIMITED, UNLIMITED};
use soak::server::Server;
use soak::signature::headers;

use crate::mix::{self, Kind};
use crate::requests::Request;
use grpc::Reading;
pub(crate) use pool::Pool;

/// A deadline that has passed before a long call is done.
const SHORT_DEADLINE: &str = "20m";
/// A secret of no key.
const NO_SECRET: &str = "nobody-was-given-this";
const NO_METHOD: &str = "/mfn.MFNSimulationService/ForeseeSimulation";

/// What the caller has seen of a call.
#[derive(Debug)]
pub(crate) struct Seen {
    /// As the audit names it.
    pub(crate) protocol: &'static str,
    /// How it ended; none where no call was made.
    pub(crate) code: Option<i32>,
    /// What was wrong with it, whatever code it has.
    pub(crate) fault: Option<String>,
    /// The request, and a number that tells its answer from others.
    pub(crate) answer: Option<(String, u64)>,
}

impl Seen {
    fn ended(protocol: &'static str, code: i32) -> Self {
        Self { protocol, code: Some(code), fault: None, answer: None }
    }

    fn failed(protocol: &'static str, fault: impl Into<String>) -> Self {
        Self { protocol, code: None, fault: Some(fault.into()), answer: None }
    }
}

/// What is known of a call before it is made.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) kind: Kind,
    chance: fastrand::Rng,
}

impl Planned {
    pub(crate) fn new(chance: &mut fastrand::Rng) -> Self {
        Self { kind: Kind::choose(chance), chance: chance.fork() }
    }

    /// Makes the call.
    pub(crate) async fn call(mut self, server: &Server, pool: &Pool) -> Seen {
        let chance = &mut self.chance;
        let key = UNLIMITED[chance.usize(..UNLIMITED.len())];
        let secret = server.keys.secret(key);
        let signed = |request: &Request| headers(&secret, &request.path());
        let endpoint = &server.endpoint;
        match self.kind {
            Kind::Unary | Kind::Stream | Kind::Invalid | Kind::Health => {
                let request = match self.kind {
                    Kind::Unary => Request::unary(chance),
                    Kind::Stream => Request::stream(chance),
                    Kind::Invalid => Request::invalid(),
                    _ => Request::health(),
                };
                let headers = signed(&request);
                pool.call(endpoint, &request, &request.path(), &headers, Reading::ToEnd).await
            }
            Kind::ResetStream => {
                let request = Request::long_stream();
                let headers = signed(&request);
                pool.call(endpoint, &request, &request.path(), &headers, Reading::First).await
            }
            Kind::Deadline => {
                let request = Request::long(chance);
                let mut headers = signed(&request);
                headers.insert("grpc-timeout", HeaderValue::from_static(SHORT_DEADLINE));
                pool.call(endpoint, &request, &request.path(), &headers, Reading::ToEnd).await
            }
            Kind::UnknownMethod => {
                let headers = headers(&secret, NO_METHOD);
                pool.call(endpoint, &Request::health(), NO_METHOD, &headers, Reading::ToEnd).await
            }
            Kind::UnknownKey | Kind::DroppedKey | Kind::Limited => {
                let request = Request::unary(chance);
                let secret = match self.kind {
                    Kind::Limited => server.keys.secret(LIMITED),
                    Kind::DroppedKey => server.keys.dropped_secret(key).unwrap_or(NO_SECRET.into()),
                    _ => NO_SECRET.to_owned(),
                };
                let headers = headers(&secret, &request.path());
                pool.call(endpoint, &request, &request.path(), &headers, Reading::ToEnd).await
            }
            Kind::SlowReader | Kind::NeverRead => {
                let (request, reading) = match self.kind {
                    Kind::SlowReader => (Request::large_frames(chance), Reading::Slowly),
                    _ => (Request::large_field(chance), Reading::Nothing),
                };
                let headers = signed(&request);
                // On a connection of its own, whose window is for nobody else.
                Pool::new(1).call(endpoint, &request, &request.path(), &headers, reading).await
            }
            Kind::Web | Kind::WebStream | Kind::LeaveWeb => {
                let streams = self.kind != Kind::Web;
                let by = mix::protocol(chance, streams);
                let request = match self.kind {
                    Kind::Web => Request::unary(chance),
                    Kind::WebStream => Request::stream(chance),
                    _ => Request::long_stream(),
                };
                let headers = signed(&request);
                web::call(endpoint, by, &request, headers, self.kind == Kind::LeaveWeb).await
            }
            Kind::ResetUnary | Kind::Leave => {
                let request = Request::long(chance);
                let headers = signed(&request);
                let resets = self.kind == Kind::ResetUnary;
                by_hand::gives_up(endpoint, &request, headers, resets).await
            }
            Kind::HalfOpen => by_hand::half_open(endpoint).await,
        }
    }
}

/// The request, and a number that tells the answer `message` from others, in whatever
/// order its fields have come.
fn told(request: &Request, message: &[u8]) -> Result<(String, u64), String> {
    let method = messages::method(request.method).ok_or("no method")?;
    let answer = messages::decode_answer(&method, message).map_err(|error| error.to_string())?;
    let mut hasher = DefaultHasher::new();
    answer.to_string().hash(&mut hasher);
    Ok((format!("{} {}", request.method, request.json), hasher.finish()))
}
