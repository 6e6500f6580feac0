//! Clients: made by tonic for honest calls, and by hand for others.

use std::sync::atomic::{AtomicI32, Ordering};

use bytes::Bytes;
use h2::RecvStream;
use h2::client::SendRequest;
use http::{HeaderMap, Method, Request};
use mfn_proto::mfn_simulation_service_client::MfnSimulationServiceClient;
use mfn_proto::{SimulationRequest, SimulationStreamRequest};
use prost::Message;
use tokio::net::TcpStream;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::serving::Serving;
use crate::soon;

pub(crate) type SimulationClient = MfnSimulationServiceClient<Channel>;

pub(crate) const RUN: &str = "/mfn.MFNSimulationService/RunSimulation";
pub(crate) const STREAM: &str = "/mfn.MFNSimulationService/StreamSimulation";

/// A client on a connection of its own.
pub(crate) async fn client(server: &Serving) -> SimulationClient {
    MfnSimulationServiceClient::new(server.channel().await)
        .max_decoding_message_size(100 * 1024 * 1024)
}

/// An honest call is answered by a computation: nobody has asked the same before.
pub(crate) async fn is_served(server: &Serving) {
    static NEXT_SEED: AtomicI32 = AtomicI32::new(1000);
    let seed = NEXT_SEED.fetch_add(1, Ordering::Relaxed);
    let request = SimulationRequest { seed, ..Default::default() };
    let answer = client(server).await.run_simulation(request).await;
    assert_eq!(answer.expect("an answer").into_inner().field, None);
}

/// What is computed at once, where it is asked for.
pub(crate) fn small() -> SimulationRequest {
    SimulationRequest { grid_size: 4, steps: 1, ..Default::default() }
}

/// What takes minutes.
pub(crate) fn endless() -> SimulationRequest {
    SimulationRequest { grid_size: 1024, steps: 10_000, turing_enabled: true, ..Default::default() }
}

/// The same as a stream.
pub(crate) fn endless_stream(include_field: bool) -> SimulationStreamRequest {
    SimulationStreamRequest {
        grid_size: 512,
        steps: 10_000,
        stream_interval: 1,
        turing_enabled: true,
        include_field,
        ..Default::default()
    }
}

/// Code and reason of a status.
pub(crate) fn told(status: &Status) -> (Code, String) {
    let info = status.get_details_error_info().unwrap_or_else(|| panic!("no reason: {status:?}"));
    assert_eq!(info.domain, "mfn");
    (status.code(), info.reason)
}

/// A connection whose frames are sent by hand.
pub(crate) async fn raw(server: &Serving) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(server.address).await.expect("it listens");
    stream.set_nodelay(true).expect("it can be set");
    let (requests, connection) = h2::client::Builder::new()
        .initial_max_send_streams(2000)
        .handshake::<_, Bytes>(stream)
        .await
        .expect("it speaks HTTP/2");
    tokio::spawn(connection);
    requests
}

/// The headers of a call.
pub(crate) fn head(path: &str) -> Request<()> {
    Request::builder()
        .method(Method::POST)
        .uri(format!("http://localhost{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .expect("a request")
}

/// A message with its prefix.
pub(crate) fn framed(flag: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("a length");
    [&[flag], length.to_be_bytes().as_slice(), message].concat()
}

/// The same of a protobuf message.
pub(crate) fn encoded(message: &impl Message) -> Vec<u8> {
    framed(0, &message.encode_to_vec())
}

/// A stream without end that has begun. It is cancelled with this.
pub(crate) async fn open_stream(requests: &SendRequest<Bytes>, head: Request<()>) -> RecvStream {
    let mut ready = requests.clone().ready().await.expect("the connection is open");
    let (response, mut sender) = ready.send_request(head, false).expect("it is sent");
    sender.send_data(encoded(&endless_stream(false)).into(), true).expect("it is sent");
    soon("a frame", response).await.expect("an answer").into_body()
}

/// How a call by hand ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) http: u16,
    /// As in the trailers, or in the headers of an answer without a body.
    pub(crate) status: Option<Status>,
    pub(crate) metadata: HeaderMap,
}

impl Ended {
    pub(crate) fn told(&self) -> (Code, String) {
        told(self.status.as_ref().unwrap_or_else(|| panic!("no status: {self:?}")))
    }
}

/// Sends `body` after `head`, and waits for the end of the call.
pub(crate) async fn call(requests: &SendRequest<Bytes>, head: Request<()>, body: Vec<u8>) -> Ended {
    try_call(requests, head, body).await.expect("an answer")
}

/// The same, unless the stream is refused.
pub(crate) async fn try_call(
    requests: &SendRequest<Bytes>,
    head: Request<()>,
    body: Vec<u8>,
) -> Result<Ended, h2::Error> {
    let mut ready = requests.clone().ready().await.expect("the connection is open");
    let (response, mut sender) = ready.send_request(head, body.is_empty()).expect("it is sent");
    if !body.is_empty() {
        // A server that refuses by the first bytes takes no more of them.
        tokio::spawn(async move {
            let mut body = Bytes::from(body);
            while !body.is_empty() {
                sender.reserve_capacity(body.len().min(1 << 16));
                match std::future::poll_fn(|cx| sender.poll_capacity(cx)).await {
                    Some(Ok(capacity)) if capacity > 0 => {
                        let part = body.split_to(capacity.min(body.len()));
                        let is_last = body.is_empty();
                        if sender.send_data(part, is_last).is_err() {
                            return;
                        }
                    }
                    Some(Ok(_)) => {}
                    _ => return,
                }
            }
        });
    }
    let (parts, mut body) = response.await?.into_parts();
    while let Some(data) = body.data().await {
        let data = data.expect("no error");
        body.flow_control().release_capacity(data.len()).expect("it was taken");
    }
    let trailers = body.trailers().await.expect("no error");
    let metadata = trailers.unwrap_or(parts.headers);
    let status = Status::from_header_map(&metadata);
    Ok(Ended { http: parts.status.as_u16(), status, metadata })
}
