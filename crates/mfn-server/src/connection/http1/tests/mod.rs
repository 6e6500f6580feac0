//! Connections of HTTP/1.1, in paused time.

mod end;
mod leaving;

use std::net::Ipv4Addr;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tower::service_fn;

use super::calls::MAX_CALLS;
use super::read_ahead::{HALF_CLOSED_TIMEOUT, MAX_KEPT_BYTES};
use super::*;
use crate::connection::Handshakes;
use crate::connection::lingering_close::MAX_TIME;
use crate::eviction::Candidates;
use crate::free_calls::FreeCalls;
use crate::memory::{Budget, StreamMemory};
use crate::reader::Reader;
use crate::shutdown::Phases;

/// A client of a server that answers by the path.
struct Client {
    io: DuplexStream,
    served: JoinHandle<()>,
    phases: Phases,
    /// Tells of calls that have begun, and of those that are dropped unanswered.
    told: mpsc::UnboundedReceiver<&'static str>,
}

/// Tells when it is dropped.
struct TellsDropped(mpsc::UnboundedSender<&'static str>);

impl Drop for TellsDropped {
    fn drop(&mut self) {
        self.0.send("dropped").ok();
    }
}

/// A stream of frames, one every 400 ms: `count` of them, and no end if that is none.
fn frames(count: Option<usize>, tells: TellsDropped) -> UnsyncBoxBody<Bytes, Infallible> {
    let frames = stream::unfold((0, tells), move |(sent, tells)| async move {
        sleep(Duration::from_millis(400)).await;
        let frame = Ok(Frame::data(Bytes::from_static(b"frame.")));
        (Some(sent) != count).then_some((frame, (sent + 1, tells)))
    });
    StreamBody::new(frames).boxed_unsync()
}

/// A request.
fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")
}

fn connect(candidates: &Candidates) -> Client {
    let (tell, told) = mpsc::unbounded_channel();
    let service = service_fn(move |request: Request<RequestBody>| {
        tell.send("begun").ok();
        let tells = TellsDropped(tell.clone());
        async move {
            let text = match request.uri().path() {
                "/never" => {
                    let _tells = tells;
                    pending().await
                }
                "/slow" => {
                    sleep(Duration::from_secs(5)).await;
                    "slow".to_owned()
                }
                "/large" => {
                    let reader = Reader::begin(None);
                    let _given = reader.give();
                    pending().await
                }
                "/soon" => {
                    sleep(HALF_CLOSED_TIMEOUT * 9 / 10).await;
                    "soon".to_owned()
                }
                "/frames" => return Ok(Response::new(frames(Some(5), tells))),
                "/frames-without-end" => return Ok(Response::new(frames(None, tells))),
                "/head-alone" => {
                    let frames = stream::unfold(tells, async |_tells| pending().await);
                    let frames: UnsyncBoxBody<_, _> = StreamBody::new(frames).boxed_unsync();
                    return Ok(Response::new(frames));
                }
                "/mebibyte" => "x".repeat(1 << 20),
                "/echo" => {
                    let body = request.into_body().collect().await.expect("it comes");
                    String::from_utf8(body.to_bytes().to_vec()).expect("text")
                }
                path => path.to_owned(),
            };
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(text).boxed_unsync()))
        }
    });
    let config = Config { keepalive_time: Duration::from_secs(20), ..Config::default() };
    let handshakes = Handshakes::new(&config, None);
    let phases = Phases::default();
    let streams = StreamMemory::new(Budget::new(config.memory_bytes));
    let uncharged = (FreeCalls::default(), streams);
    let connections =
        Connections::new(&config, handshakes, phases.clone(), None, uncharged, service);
    let (io, server) = tokio::io::duplex(1 << 16);
    let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    let served = tokio::spawn(connections.serve_http1(server, peer, candidates.enter()));
    Client { io, served, phases, told }
}

impl Client {
    async fn send(&mut self, text: &str) {
        self.io.write_all(text.as_bytes()).await.expect("the connection is open");
    }

    /// Reads an answer up to the end of its body, which is `body`.
    async fn read_until(&mut self, body: &str) -> String {
        let mut read = Vec::new();
        while !read.ends_with(format!("\r\n\r\n{body}").as_bytes()) {
            read.push(self.io.read_u8().await.expect("more comes"));
        }
        String::from_utf8(read).expect("text")
    }

    /// What comes until the connection is closed, and how many seconds that takes. Then
    /// the client closes it, too, and nothing of it is left.
    async fn closed(mut self) -> (String, u64) {
        let start = Instant::now();
        let mut read = String::new();
        self.io.read_to_string(&mut read).await.expect("text");
        let took = start.elapsed();
        assert!(took.subsec_millis() < 100, "{took:?}");
        drop(self.io);
        self.served.await.expect("no panic");
        assert!(start.elapsed() < took + Duration::from_millis(100));
        (read, took.as_secs())
    }
}

// shows MFN-TRANS-036
#[tokio::test(start_paused = true)]
async fn a_connection_that_sends_no_whole_head_is_closed_after_the_time_of_a_handshake() {
    let mut client = connect(&Candidates::default());
    client.send("GET / HTTP/1.1\r\nhost: x\r\n").await;
    assert_eq!(client.closed().await.1, 10);
}

// shows MFN-TRANS-036
#[tokio::test(start_paused = true)]
async fn a_connection_that_is_silent_after_its_call_is_closed() {
    let mut client = connect(&Candidates::default());
    client.send(&get("/one")).await;
    client.read_until("/one").await;
    sleep(Duration::from_secs(15)).await;
    client.send(&get("/two")).await;
    client.read_until("/two").await;
    assert_eq!(client.closed().await.1, 20);
}

#[tokio::test(start_paused = true)]
async fn a_call_may_take_longer_than_a_connection_may_be_silent() {
    let mut client = connect(&Candidates::default());
    client.send(&get("/one")).await;
    client.read_until("/one").await;
    client.send(&get("/never")).await;
    sleep(Duration::from_secs(1000)).await;
    assert!(!client.served.is_finished());
}

// shows MFN-TRANS-034
#[tokio::test(start_paused = true)]
async fn requests_that_come_together_are_answered_one_after_the_other() {
    let mut client = connect(&Candidates::default());
    client.send(&(get("/slow") + &get("/two"))).await;
    assert_eq!(client.told.recv().await, Some("begun"));
    sleep(Duration::from_secs(4)).await;
    while let Some(told) = client.told.recv().now_or_never() {
        assert_ne!(told, Some("begun"), "the second has to wait");
    }
    client.read_until("slow").await;
    client.read_until("/two").await;
}

#[tokio::test(start_paused = true)]
async fn a_body_in_chunks_ends_with_the_last() {
    let mut client = connect(&Candidates::default());
    client.send("POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").await;
    client.send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").await;
    client.read_until("abcde").await;
}

// shows MFN-TRANS-035
#[tokio::test(start_paused = true)]
async fn a_head_that_is_too_long_or_no_head_is_refused_at_once() {
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\nlong: {}\r\n\r\n", "x".repeat(MAX_HEAD_BYTES));
    let many = "x-of-many: 1\r\n".repeat(MAX_HEADERS + 1);
    let many = format!("GET / HTTP/1.1\r\n{many}\r\n");
    for (head, status) in [(&*long, "431"), (&*many, "431"), ("HELP\r\n\r\n", "400")] {
        let mut client = connect(&Candidates::default());
        client.send(head).await;
        let (answer, seconds) = client.closed().await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert_eq!(seconds, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_evicted_connection_of_http1_is_closed_at_once() {
    let candidates = Candidates::default();
    let mut client = connect(&candidates);
    client.send(&get("/one")).await;
    client.read_until("/one").await;
    assert!(candidates.evict_one());
    assert_eq!(client.closed().await.1, 0);
}

// shows MFN-MEM-003
#[tokio::test(start_paused = true)]
async fn a_connection_is_closed_whose_reader_takes_nothing_of_a_large_answer() {
    let mut client = connect(&Candidates::default());
    client.send(&get("/large")).await;
    assert_eq!(client.closed().await.1, LONGEST_STALL.as_secs());
}
