//! Connections that go, in paused time.

use std::future::{poll_fn, ready};
use std::net::Ipv4Addr;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::{Reason, SendStream};
use http::StatusCode;
use http_body::Frame;
use http_body_util::StreamBody;
use mfn_access::{KeySettings, Limits, Secret};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tonic::Status;
use tower::service_fn;

use super::*;
use crate::eviction::Candidates;
use crate::layers::answer_body::{Answer, AnswerBody, Bound};
use crate::memory::{Budget, StreamMemory};
use crate::tenant::Tenant;

/// A client of a server that has a key, and lets calls pass by their paths:
/// `/free` and `/watch`, which has no end, as those that need none, and `/admitted`
/// as one that is signed. All are answered before their message has come.
struct Client {
    requests: SendRequest<Bytes>,
    connection: JoinHandle<Result<(), h2::Error>>,
    served: JoinHandle<()>,
}

impl Client {
    async fn connect(candidates: &Candidates) -> Self {
        let secret = Secret::new("key-of-the-tests").expect("a secret");
        let keys = vec![KeySettings::bare(secret, Limits::default())];
        let config = Config { keys, max_concurrent_streams: 4, ..Config::default() };
        let service = service_fn(|request| ready(Ok(answer(&request))));
        let handshakes = Handshakes::new(&config, None);
        let (phases, free_calls) = Default::default();
        let streams = StreamMemory::new(Budget::new(config.memory_bytes));
        let connections =
            Connections::new(&config, handshakes, phases, None, (free_calls, streams), service);
        let (client, server) = tokio::io::duplex(1 << 16);
        let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        let served = tokio::spawn(connections.serve_calls(server, peer, candidates.enter()));
        let (requests, connection) = h2::client::handshake(client).await.expect("HTTP/2");
        Self { requests, connection: tokio::spawn(connection), served }
    }

    /// Sends the head of a call.
    async fn begin(&self, path: &str) -> (ResponseFuture, SendStream<Bytes>) {
        let request = Request::post(format!("http://localhost{path}")).body(()).expect("a request");
        let mut ready = self.requests.clone().ready().await.expect("the connection is open");
        ready.send_request(request, false).expect("it is sent")
    }

    /// A call that is answered, and the end of its message.
    async fn call(&self, path: &str) {
        let (response, mut message) = self.begin(path).await;
        let response = response.await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        message.send_data(Bytes::new(), true).expect("it is sent");
    }

    /// When the connection is closed, if that is by the server and without error.
    async fn closed(self) -> Instant {
        self.connection.await.expect("no panic").expect("no error");
        self.served.await.expect("no panic");
        Instant::now()
    }
}

fn answer(request: &Request<RequestBody>) -> Answer {
    let connection = Origin::of(request.extensions()).map(Origin::candidate);
    match (request.uri().path(), connection) {
        ("/admitted", Some(connection)) => connection.makes_admitted_call(Tenant::default),
        ("/free" | "/watch", Some(connection)) => connection.makes_free_call(),
        _ => {}
    }
    let body = match request.uri().path() {
        "/watch" => {
            let states = tokio_stream::pending::<Result<Frame<Bytes>, Status>>();
            AnswerBody::frames(StreamBody::new(states), Bound::OpenStreams)
        }
        _ => AnswerBody::default(),
    };
    Answer::new(body)
}

/// How long it took, but for a moment.
fn seconds(start: Instant, end: Instant) -> u64 {
    let took = end - start;
    assert!(took.subsec_millis() < 100, "{took:?}");
    took.as_secs()
}

// shows MFN-TRANS-028
#[tokio::test(start_paused = true)]
async fn a_connection_without_a_call_is_closed_after_a_minute() {
    let start = Instant::now();
    let client = Client::connect(&Candidates::default()).await;
    assert_eq!(seconds(start, client.closed().await), 60);
}

// shows MFN-TRANS-028
#[tokio::test(start_paused = true)]
async fn so_is_one_whose_calls_are_refused_a_minute_after_the_last() {
    let start = Instant::now();
    let client = Client::connect(&Candidates::default()).await;
    for _ in 0..3 {
        sleep(Duration::from_secs(50)).await;
        client.call("/refused").await;
    }
    assert_eq!(seconds(start, client.closed().await), 210);
}

// shows MFN-TRANS-028
#[tokio::test(start_paused = true)]
async fn a_watch_without_a_key_keeps_its_connection_as_long_as_it_is_open() {
    let start = Instant::now();
    let client = Client::connect(&Candidates::default()).await;
    let (response, message) = client.begin("/watch").await;
    let states = response.await.expect("an answer");
    sleep(Duration::from_secs(1000)).await;
    drop((states, message));
    assert_eq!(seconds(start, client.closed().await), 1060);
}

// shows MFN-TRANS-028
#[tokio::test(start_paused = true)]
async fn a_connection_with_an_admitted_call_stays() {
    let client = Client::connect(&Candidates::default()).await;
    client.call("/admitted").await;
    sleep(Duration::from_secs(100_000)).await;
    client.call("/refused").await;
}

#[tokio::test(start_paused = true)]
async fn an_evicted_connection_is_closed_at_once() {
    let start = Instant::now();
    let candidates = Candidates::default();
    let client = Client::connect(&candidates).await;
    client.call("/free").await;
    assert!(candidates.evict_one());
    client.served.await.expect("no panic");
    assert_eq!(seconds(start, Instant::now()), 0);
}

#[tokio::test(start_paused = true)]
async fn an_unwanted_message_is_waited_for_ten_seconds_and_no_longer() {
    let start = Instant::now();
    let client = Client::connect(&Candidates::default()).await;
    let (response, mut message) = client.begin("/refused").await;
    response.await.expect("an answer at once");
    assert_eq!(seconds(start, Instant::now()), 0);
    let reset = poll_fn(|cx| message.poll_reset(cx)).await.expect("a reset");
    assert_eq!(reset, Reason::NO_ERROR);
    assert_eq!(seconds(start, Instant::now()), 10);
}
