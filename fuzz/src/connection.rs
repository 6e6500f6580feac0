//! A connection to the server, frame by frame, in time that only the script moves.
//!
//! Whatever a client sends, the server panics nowhere, ends the connection once its
//! client has gone, sends only frames that it may send, and answers no call that its
//! audit does not have.

use std::collections::{HashMap, HashSet};
use std::future::{Future, poll_fn};
use std::io::{self, Write};
use std::num::NonZero;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::task::Poll;
use std::thread::sleep;
use std::time::Duration;

use conformance_wire::frames::{DATA, END_STREAM, Frame, HEADERS, PREFACE, SETTINGS};
use mfn_access::Limits;
use mfn_server::Config;
use mfn_server::fuzzing::InMemoryServer;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::runtime::Builder;
use tokio::task::yield_now;
use tokio::time::advance;

use crate::frames::{Step, Vocabulary, next_step};
use crate::input::Input;

/// Bytes that either side can have on the way.
const PIPE_BYTES: usize = 256 * 1024;
/// Steps of a script. A longer one shows nothing new.
const MAX_STEPS: usize = 64;
/// How often all tasks have their turn after a step. Each may wake others.
const ROUNDS: usize = 24;
/// How often that is done again at most, as long as something is computed.
const MAX_LOOKS: usize = 200;
/// How long a computation is left alone in between.
const LOOK: Duration = Duration::from_micros(50);
/// Time after which nothing of a client that has left may be left: longer than all
/// that the server ever waits for.
const FOR_EVER: Duration = Duration::from_hours(24);
/// How long the thread of the audit may take to write its last lines, on any machine.
const LAST_LINES: Duration = Duration::from_secs(60);
/// Longest frame that the server may send to who has not asked for longer ones.
const MAX_FRAME_BYTES: usize = 16 * 1024;
/// The bytes of a frame before its payload.
const FRAME_HEADER_BYTES: usize = 9;
/// The bit before a stream's number is reserved.
const STREAM_BITS: u32 = 0x7fff_ffff;
/// What a request for health has in its path, of which one is whole if it comes in two
/// frames. Such calls have no line in the audit (MFN-AUDIT-007).
const PARTS_OF_HEALTH: [&[u8]; 2] = [b"grpc.hea", b".Health/"];
/// HTTP status 431 in the code of RFC 7541: what the transport itself answers, and no
/// audit has, if headers are far too long.
const STATUS_431: &[u8] = &[0x69, 0x90, 0xff];

macro_rules! call {
    ($path:literal) => {
        &[
            (":method", "POST"),
            (":scheme", "http"),
            (":path", $path),
            ("content-type", "application/grpc"),
            ("te", "trailers"),
        ]
    };
}

/// What clients of MFN say.
pub const WORDS: Vocabulary = Vocabulary {
    heads: &[
        call!("/mfn.MFNSimulationService/RunSimulation"),
        call!("/mfn.MFNSimulationService/StreamSimulation"),
        call!("/mfn.MFNFeaturesService/ExtractFeatures"),
        call!("/mfn.MFNFeaturesService/StreamFeatures"),
        call!("/mfn.MFNValidationService/ValidatePattern"),
        call!("/grpc.health.v1.Health/Check"),
        call!("/grpc.health.v1.Health/Watch"),
        call!("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"),
        call!("/a/B"),
        &[(":method", "GET"), (":scheme", "http"), (":path", "/")],
        &[],
    ],
    names: &[
        "grpc-timeout",
        "content-type",
        "te",
        "x-api-key",
        "x-timestamp",
        "x-signature",
        "x-request-id",
        "traceparent",
        "grpc-encoding",
        "content-length",
        ":path",
        ":authority",
        "connection",
        "a",
    ],
    values: &[
        "1S",
        "0n",
        "100m",
        "trailers",
        "application/grpc",
        "application/grpc+proto",
        "application/json",
        "gzip",
        "identity",
        "5",
        "0",
        "close",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ],
    bodies: &[
        // Nothing, a small simulation (4 x 4, 1 step), a stream of 3 frames, one that
        // computes for longer (64 x 64, 64 steps, with its field), what is out of range, what is
        // no message, a prefix alone, a compressed message, and two messages.
        &[],
        &[0, 0, 0, 0, 0],
        &[0, 0, 0, 0, 4, 0x18, 4, 0x20, 1],
        &[0, 0, 0, 0, 6, 0x18, 8, 0x20, 3, 0x28, 1],
        &[0, 0, 0, 0, 4, 0x38, 1, 0x40, 1],
        &[0, 0, 0, 0, 3, 0x18, 0xff, 0x7f],
        &[0, 0, 0, 0, 2, 0x18, 0x80],
        &[0, 0, 0, 0, 9],
        &[1, 0, 0, 0, 0],
        &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
};

static SERVER: LazyLock<InMemoryServer> = LazyLock::new(|| {
    let config = Config {
        max_workers: NonZero::<usize>::MIN,
        max_concurrent_streams: 8,
        max_message_bytes: 4096,
        // A rate is measured on a clock that no script moves.
        limits: Limits { rps: 0, concurrent: 6, max_cost: 1, worker_share: 0 },
        ..Config::default()
    };
    InMemoryServer::start(config).expect("a thread")
});

/// The first byte says how often the client reads, and the rest is its script.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let reads_every = usize::from(input.byte() % 8) + 1;
    let (client, server) = tokio::io::duplex(PIPE_BYTES);
    let (sink, audit) = audit();
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("it needs nothing of the system");
    let (served, recording) = SERVER.serve(server, Box::new(sink)).expect("a thread");
    let peer = Peer::new(client, Box::pin(served));
    let answers = runtime.block_on(peer.follow(input, reads_every));
    // With it go the tasks that it has left, and with them who could still record.
    drop(runtime);
    let recorded = audit.calls();
    recording.end();
    let answered =
        answers.streams.keys().filter(|stream| !answers.unrecorded.contains(stream)).count();
    assert!(
        answers.is_any_431 || answered <= recorded,
        "{answered} calls were answered, and {recorded} are in the audit"
    );
}

/// A client, and the connection that serves it.
struct Peer {
    io: Option<DuplexStream>,
    /// None once it has ended.
    served: Option<Pin<Box<dyn Future<Output = ()>>>>,
    answers: Answers,
}

impl Peer {
    fn new(io: DuplexStream, served: Pin<Box<dyn Future<Output = ()>>>) -> Self {
        Self { io: Some(io), served: Some(served), answers: Answers::default() }
    }

    /// Sends the preface and what the script says, and leaves.
    async fn follow(mut self, mut input: Input<'_>, reads_every: usize) -> Answers {
        self.send(&[PREFACE, &Frame::new(SETTINGS, 0, 0, []).bytes()].concat()).await;
        for number in 1..=MAX_STEPS {
            if input.is_empty() || self.served.is_none() {
                break;
            }
            match next_step(&mut input, &WORDS) {
                Step::Send(bytes) => self.send(&bytes).await,
                Step::Wait(ms) => advance(Duration::from_millis(ms)).await,
                Step::End => break,
            }
            self.take_turns().await;
            if number % reads_every == 0 {
                self.read().await;
            }
        }
        self.read().await;
        self.io = None;
        self.take_turns().await;
        advance(FOR_EVER).await;
        self.take_turns().await;
        assert!(self.served.is_none(), "the connection outlives its client");
        self.answers
    }

    /// What the server does not take is lost.
    async fn send(&mut self, bytes: &[u8]) {
        if let Some(header) = bytes.first_chunk::<FRAME_HEADER_BYTES>()
            && PARTS_OF_HEALTH.iter().any(|part| bytes.windows(part.len()).any(|at| at == *part))
        {
            let [.., a, b, c, d] = *header;
            self.answers.unrecorded.insert(u32::from_be_bytes([a, b, c, d]) & STREAM_BITS);
        }
        let Some(io) = &mut self.io else { return };
        poll_fn(|cx| {
            // The pipe takes all or what it has room for.
            let _ = Pin::new(&mut *io).poll_write(cx, bytes);
            Poll::Ready(())
        })
        .await;
    }

    /// Reads what is there.
    async fn read(&mut self) {
        let Some(io) = &mut self.io else { return };
        let answers = &mut self.answers;
        let mut bytes = vec![0; PIPE_BYTES];
        poll_fn(|cx| {
            let mut buffer = ReadBuf::new(&mut bytes);
            if let Poll::Ready(Ok(())) = Pin::new(&mut *io).poll_read(cx, &mut buffer) {
                answers.take(buffer.filled());
            }
            Poll::Ready(())
        })
        .await;
    }

    /// Lets the connection and its tasks do what they can, and waits for what is
    /// computed. The clock stands meanwhile: somebody always has something to do.
    async fn take_turns(&mut self) {
        for _ in 0..MAX_LOOKS {
            let is_computing = SERVER.is_computing();
            for _ in 0..ROUNDS {
                self.serve().await;
                yield_now().await;
            }
            if !is_computing {
                return;
            }
            sleep(LOOK);
        }
    }

    async fn serve(&mut self) {
        let Some(served) = &mut self.served else { return };
        if poll_fn(|cx| Poll::Ready(served.as_mut().poll(cx).is_ready())).await {
            self.served = None;
        }
    }
}

/// What a server sent.
#[derive(Debug, Default)]
struct Answers {
    /// What is no whole frame yet.
    unread: Vec<u8>,
    /// Streams that were answered, and whether to their end.
    streams: HashMap<u32, bool>,
    /// Streams whose calls are not recorded.
    unrecorded: HashSet<u32>,
    is_any_431: bool,
}

impl Answers {
    fn take(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
        while let Some(frame) = self.next_frame() {
            self.check(&frame);
        }
    }

    fn next_frame(&mut self) -> Option<Frame> {
        let [a, b, c, kind, flags, stream @ ..] =
            *self.unread.first_chunk::<FRAME_HEADER_BYTES>()?;
        let length = u32::from_be_bytes([0, a, b, c]) as usize;
        let payload = self.unread.get(FRAME_HEADER_BYTES..FRAME_HEADER_BYTES + length)?.to_vec();
        self.unread.drain(..FRAME_HEADER_BYTES + length);
        Some(Frame::new(kind, flags, u32::from_be_bytes(stream), payload))
    }

    /// A server begins an answer once, and ends it once (RFC 9113, 8.1).
    fn check(&mut self, frame: &Frame) {
        let Frame { kind, stream, payload, .. } = frame;
        assert!(payload.len() <= MAX_FRAME_BYTES || *kind == DATA, "{kind} of {}", payload.len());
        if !matches!(*kind, HEADERS | DATA) {
            return;
        }
        assert!(stream % 2 == 1, "a frame of kind {kind} on stream {stream}");
        let is_last = frame.flags & END_STREAM != 0;
        let before = self.streams.insert(*stream, is_last);
        assert_ne!(before, Some(true), "a frame of kind {kind} after the end of stream {stream}");
        assert!(*kind == HEADERS || before.is_some(), "DATA on stream {stream} before its head");
        assert!(*kind == DATA || before.is_none() || is_last, "a second head on stream {stream}");
        self.is_any_431 |= *kind == HEADERS && payload.windows(3).any(|part| part == STATUS_431);
    }
}

/// Where the audit of a connection goes, and who reads it there.
fn audit() -> (Sink, Audit) {
    let lines = Arc::<Mutex<Vec<u8>>>::default();
    let (ended, end) = channel();
    (Sink { lines: Arc::clone(&lines), ended }, Audit { lines, end })
}

struct Sink {
    lines: Arc<Mutex<Vec<u8>>>,
    ended: Sender<()>,
}

struct Audit {
    lines: Arc<Mutex<Vec<u8>>>,
    end: Receiver<()>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // Nobody may wait for it any more.
        let _ = self.ended.send(());
    }
}

impl Audit {
    /// How many calls are recorded, once all are: a line each, or many in one.
    fn calls(&self) -> usize {
        self.end.recv_timeout(LAST_LINES).expect("the audit ends with its last caller");
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(calls_of).sum()
    }
}

fn calls_of(line: &[u8]) -> usize {
    let line: serde_json::Value = serde_json::from_slice(line).expect("a line of JSON");
    assert_eq!(line["kind"], "audit", "{line}");
    line.get("count").map_or(1, |count| count.as_u64().expect("a number") as usize)
}
