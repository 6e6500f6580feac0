//! The server of the targets that are connections: its whole stack, in memory, in time that
//! only a script moves. There is a client, and an audit that is read.

use std::future::{Future, poll_fn};
use std::io::{self, Write};
use std::num::NonZero;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::task::Poll;
use std::thread::sleep;
use std::time::Duration;

use mfn_access::Limits;
use mfn_server::fuzzing::InMemoryServer;
use mfn_server::{Config, Origins, WebSettings};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::runtime::Builder;
use tokio::task::yield_now;
use tokio::time::advance;

use crate::frames::Step;
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
const LAST_LINES: Duration = Duration::from_mins(1);

static SERVER: LazyLock<InMemoryServer> = LazyLock::new(|| {
    let config = Config {
        max_workers: NonZero::<usize>::MIN,
        max_concurrent_streams: 8,
        max_message_bytes: 4096,
        // A rate is measured on a clock that no script moves.
        limits: Limits { rps: 0, concurrent: 6, max_cost: 1, worker_share: 0 },
        web: Some(WebSettings {
            origins: Origins::parse("https://app.example").expect("an origin"),
            // It would be an answer without a line in the audit.
            has_page: false,
        }),
        ..Config::default()
    };
    InMemoryServer::start(config).expect("a thread")
});

/// What a client makes of what it is sent.
pub trait Answers {
    /// The client sends this.
    fn asks(&mut self, bytes: &[u8]);

    /// This has come.
    fn take(&mut self, bytes: &[u8]);

    /// How many of the answers have to have a line in the audit.
    fn recorded(&self) -> usize;
}

/// What a client sends: what it begins with, and its next steps.
pub type Script<'a> = (&'a [u8], fn(&mut Input<'_>) -> Step);

/// Has a client follow the script of `data`, whose first byte says how often it reads, and
/// holds the audit against its `answers`.
///
/// # Panics
/// The server has a fault.
pub fn check_connection<A: Answers>(data: &[u8], script: Script<'_>, answers: A) {
    let mut input = Input::new(data);
    let reads_every = usize::from(input.byte() % 8) + 1;
    let (client, server) = tokio::io::duplex(PIPE_BYTES);
    let (sink, audit) = audit();
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("it needs nothing of the system");
    let (served, recording) = SERVER.serve(server, Box::new(sink)).expect("a thread");
    let peer = Peer { io: Some(client), served: Some(Box::pin(served)), answers };
    let answers = runtime.block_on(peer.follow(input, script, reads_every));
    // With it go the tasks that it has left, and with them who could still record.
    drop(runtime);
    let recorded = audit.calls();
    recording.end();
    let answered = answers.recorded();
    assert!(
        answered <= recorded,
        "{answered} calls were answered, and {recorded} are in the audit"
    );
}

/// A client, and the connection that serves it.
struct Peer<A> {
    io: Option<DuplexStream>,
    /// None once it has ended.
    served: Option<Pin<Box<dyn Future<Output = ()>>>>,
    answers: A,
}

impl<A: Answers> Peer<A> {
    /// Sends what the script says, and leaves.
    async fn follow(
        mut self,
        mut input: Input<'_>,
        (first, next_step): Script<'_>,
        reads_every: usize,
    ) -> A {
        self.send(first).await;
        for number in 1..=MAX_STEPS {
            if input.is_empty() || self.served.is_none() {
                break;
            }
            match next_step(&mut input) {
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
        self.answers.asks(bytes);
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
