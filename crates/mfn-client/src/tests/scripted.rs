//! A server that answers as a test says, over connections within this process.

use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use h2::server::SendResponse;
use http::{HeaderName, HeaderValue, Response};
use hyper_util::rt::TokioIo;
use prost::Message;
use prost::bytes::Bytes;
use tokio::io::{DuplexStream, duplex};
use tokio::time::{Instant, sleep};
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use crate::attempts::Policy;
use crate::client::Client;
use crate::endpoints::Endpoints;
use crate::signing::Signer;

/// What a connection holds of what its other end has not read.
const BUFFER_BYTES: usize = 64 * 1024;

/// What the server does with one call.
pub(crate) struct Reply {
    messages: Vec<Bytes>,
    end: End,
}

enum End {
    Trailers(Vec<(&'static str, String)>),
    /// The connection breaks.
    Break,
    /// Nothing comes.
    Silence,
}

/// A call as it has come.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) at: Instant,
}

/// The server. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Scripted(Arc<State>);

/// What is done with a call, which comes with its number.
type Script = dyn Fn(usize, &Call) -> Reply + Send + Sync;

struct State {
    script: Box<Script>,
    is_down: AtomicBool,
    calls: Mutex<Vec<Call>>,
    resets: AtomicUsize,
}

impl Reply {
    /// These messages, and the status OK.
    pub(crate) fn answer<M: Message>(messages: &[M]) -> Self {
        Self { messages: framed(messages), end: End::Trailers(status(0, &[])) }
    }

    /// An error with these trailers.
    pub(crate) fn error(code: u8, trailers: &[(&'static str, &str)]) -> Self {
        Self { messages: Vec::new(), end: End::Trailers(status(code, trailers)) }
    }

    /// These messages, and then the connection breaks.
    pub(crate) fn breaks_after<M: Message>(messages: &[M]) -> Self {
        Self { messages: framed(messages), end: End::Break }
    }

    /// These messages, and then nothing.
    pub(crate) fn hangs_after<M: Message>(messages: &[M]) -> Self {
        Self { messages: framed(messages), end: End::Silence }
    }
}

impl Scripted {
    /// One that answers its calls, which are counted from 0, as `script` says.
    pub(crate) fn new(script: impl Fn(usize, &Call) -> Reply + Send + Sync + 'static) -> Self {
        Self(Arc::new(State {
            script: Box::new(script),
            is_down: AtomicBool::new(false),
            calls: Mutex::default(),
            resets: AtomicUsize::new(0),
        }))
    }

    /// Whether it refuses connections.
    pub(crate) fn set_down(&self, is_down: bool) {
        self.0.is_down.store(is_down, Ordering::Relaxed);
    }

    /// The calls that have come.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.0.calls.lock().expect("nobody panics").clone()
    }

    /// Those of MFN, without questions for its health.
    pub(crate) fn calls_of_mfn(&self) -> usize {
        self.calls().iter().filter(|call| call.path.starts_with("/mfn.")).count()
    }

    /// Calls that the client has reset.
    pub(crate) fn resets(&self) -> usize {
        self.0.resets.load(Ordering::Relaxed)
    }

    fn channel(&self) -> Channel {
        let server = self.clone();
        let connector = service_fn(move |_| {
            let connected = server.connect().map(TokioIo::new);
            async move { connected }
        });
        Endpoint::from_static("http://scripted").connect_with_connector_lazy(connector)
    }

    fn connect(&self) -> io::Result<DuplexStream> {
        if self.0.is_down.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (client, server) = duplex(BUFFER_BYTES);
        tokio::spawn(self.clone().serve(server));
        Ok(client)
    }

    async fn serve(self, stream: DuplexStream) {
        let mut connection = h2::server::handshake(stream).await.expect("HTTP/2");
        while let Some(Ok((request, respond))) = connection.accept().await {
            let headers = request.headers().iter().map(|(name, value)| {
                (name.to_string(), value.to_str().unwrap_or_default().to_owned())
            });
            let call = Call {
                path: request.uri().path().to_owned(),
                headers: headers.collect(),
                at: Instant::now(),
            };
            let index = {
                let mut calls = self.0.calls.lock().expect("nobody panics");
                calls.push(call.clone());
                calls.len() - 1
            };
            let reply = (self.0.script)(index, &call);
            if !self.reply(reply, respond) {
                // What was said before has time to be sent.
                tokio::select! {
                    _ = connection.accept() => {}
                    () = sleep(Duration::from_millis(1)) => {}
                }
                return;
            }
        }
    }

    /// Whether the connection goes on.
    fn reply(&self, reply: Reply, mut respond: SendResponse<Bytes>) -> bool {
        let mut head = Response::new(());
        head.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
        let mut body = respond.send_response(head, false).expect("a head");
        for message in reply.messages {
            body.send_data(message, false).expect("a message");
        }
        match reply.end {
            End::Trailers(trailers) => {
                let trailers = trailers.into_iter().map(|(name, value)| {
                    (HeaderName::from_static(name), value.parse().expect("a value"))
                });
                body.send_trailers(trailers.collect()).expect("trailers");
                true
            }
            End::Break => false,
            End::Silence => {
                let server = self.clone();
                tokio::spawn(async move {
                    if poll_fn(|context| body.poll_reset(context)).await.is_ok() {
                        server.0.resets.fetch_add(1, Ordering::Relaxed);
                    }
                });
                true
            }
        }
    }
}

/// A client of these servers, which signs.
pub(crate) fn client(servers: &[&Scripted], policy: Policy) -> Client {
    let channels = servers
        .iter()
        .enumerate()
        .map(|(index, server)| (format!("scripted-{index}"), server.channel()));
    let signer = Signer::new("a-key").expect("a key");
    Client::new(Endpoints::new(channels), Some(signer), policy)
}

fn framed<M: Message>(messages: &[M]) -> Vec<Bytes> {
    let framed = messages.iter().map(|message| {
        let mut bytes = vec![0];
        bytes.extend((message.encoded_len() as u32).to_be_bytes());
        bytes.extend(message.encode_to_vec());
        bytes.into()
    });
    framed.collect()
}

fn status(code: u8, others: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let others = others.iter().map(|(name, value)| (*name, (*value).to_owned()));
    others.chain([("grpc-status", code.to_string())]).collect()
}
