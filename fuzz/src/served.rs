//! The server of the targets that are connections: its whole stack, in memory, in time that
//! only a script moves. There is a client, and an audit that is read.

use std::cell::LazyCell;
use std::future::{Future, poll_fn};
use std::num::NonZero;
use std::pin::Pin;
use std::task::Poll;
use std::thread::sleep;
use std::time::{Duration, Instant};

use mfn_access::Limits;
use mfn_server::fuzzing::{InMemoryServer, Left, Recording};
use mfn_server::{Config, Origins, WebSettings};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::runtime::{Builder, Handle};
use tokio::task::yield_now;
use tokio::time::advance;

use crate::frames::Step;
use crate::input::Input;
use crate::recorded::{LAST_LINES, Recorded, audit};
use crate::signed::key;

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
/// Longer than all that the server ever waits for.
const A_DAY: Duration = Duration::from_hours(24);
/// Days that pass for a client that has left, until nothing of it is left. In the real time
/// of all of them, a minute, any worker has its turn.
const MAX_DAYS: u32 = 16;
/// The bit of the first byte that chooses the server with a key.
pub const HAS_KEY: u8 = 8;
/// What a call that shows the key has in one of its headers.
const SIGNED: &[u8] = b"x-signature";
// A rate is measured on a clock that no script moves.
const LIMITS: Limits = Limits { rps: 0, concurrent: 6, max_cost: 1, worker_share: 0 };

thread_local! {
    /// Anyone's, and that of a key. Each test has a thread, and sees nothing of what the clients
    /// of others leave to a server. They last as long as the process, for which a client borrows
    /// its server.
    static SERVERS: [LazyCell<&'static InMemoryServer>; 2] = [
        LazyCell::new(|| Box::leak(Box::new(server(false)))),
        LazyCell::new(|| Box::leak(Box::new(server(true)))),
    ];
}

fn server(has_key: bool) -> InMemoryServer {
    let config = Config {
        max_workers: NonZero::<usize>::MIN,
        max_concurrent_streams: 8,
        max_message_bytes: 4096,
        keys: has_key.then(|| key(LIMITS)).into_iter().collect(),
        limits: LIMITS,
        web: Some(WebSettings {
            origins: Origins::parse("https://app.example").expect("an origin"),
            // It would be an answer without a line in the audit.
            has_page: false,
        }),
        ..Config::default()
    };
    InMemoryServer::start(config).expect("a thread")
}

/// What a client makes of what it is sent.
pub trait Answers {
    /// The server takes this.
    fn asks(&mut self, bytes: &[u8]);

    /// This has come.
    fn take(&mut self, bytes: &[u8]);

    /// Nothing more comes. Each of the answers has its line in what is `recorded`.
    fn check(self, recorded: Recorded);
}

/// What a client sends: what it begins with, and its next steps.
pub type Script<'a> = (&'a [u8], fn(&mut Input<'_>) -> Step);

/// Has a client follow the script of `data`, whose first byte says how often it reads and
/// whether there is a key, and holds the audit against its `answers`.
///
/// # Panics
/// The server has a fault.
pub fn check_connection<A: Answers>(data: &[u8], script: Script<'_>, answers: A) {
    let mut input = Input::new(data);
    let first = input.byte();
    let reads_every = usize::from(first % 8) + 1;
    let server = SERVERS.with(|servers| *servers[usize::from(first & HAS_KEY != 0)]);
    let (client, io) = tokio::io::duplex(PIPE_BYTES);
    let (sink, audit) = audit();
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("it needs nothing of the system");
    let (served, recording) = server.serve(io, Box::new(sink)).expect("a thread");
    let served: Served = Some(Box::pin(served));
    let peer = Peer { server, io: Some(client), served, answers, is_any_signed: false };
    let (answers, is_any_signed) = runtime.block_on(async {
        let followed = peer.follow(input, script, reads_every).await;
        let_go(server, &recording).await;
        followed
    });
    let left = runtime.metrics().num_alive_tasks();
    assert_eq!(left, 0, "tasks are left");
    drop(runtime);
    // The thread of the audit is waited for here: a server that ends gives it a moment alone.
    let recorded = audit.recorded();
    recording.end();
    if first & HAS_KEY != 0 {
        recorded.check_access(is_any_signed);
    }
    answers.check(recorded);
}

/// Waits until nothing is left of a client that is gone: a worker may take a moment to let go of
/// what it computes, and who waits for it another to let go of the call's place.
async fn let_go(server: &InMemoryServer, recording: &Recording) {
    let left = || (server.left(), recording.open_calls());
    let nothing = (Left::default(), 0);
    let since = Instant::now();
    while left() != nothing && since.elapsed() < LAST_LINES {
        sleep(LOOK);
        for _ in 0..ROUNDS {
            yield_now().await;
        }
    }
    assert_eq!(left(), nothing, "what is left of a client, and its open calls");
}

/// A connection; none once it has ended.
type Served = Option<Pin<Box<dyn Future<Output = ()>>>>;

/// A client, and the connection that serves it.
struct Peer<A> {
    server: &'static InMemoryServer,
    io: Option<DuplexStream>,
    served: Served,
    answers: A,
    /// Whether a call has shown the key.
    is_any_signed: bool,
}

impl<A: Answers> Peer<A> {
    /// Sends what the script says, and leaves.
    async fn follow(
        mut self,
        mut input: Input<'_>,
        (first, next_step): Script<'_>,
        reads_every: usize,
    ) -> (A, bool) {
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
        self.leave().await;
        (self.answers, self.is_any_signed)
    }

    /// Leaves, and gives what is left of it the time to end.
    async fn leave(&mut self) {
        self.io = None;
        self.take_turns().await;
        // One wait may begin when another is over. A worker has a time of its own, also for the
        // answer that it sends once it computes no more: it is given twice as much each day.
        for day in 0..MAX_DAYS {
            if !self.is_left() {
                break;
            }
            advance(A_DAY).await;
            self.take_turns().await;
            let since = Instant::now();
            while self.is_left() && since.elapsed() < Duration::from_millis(1 << day) {
                sleep(LOOK);
                self.take_turns().await;
            }
        }
        assert!(self.served.is_none(), "the connection outlives its client");
    }

    /// Whether there is a connection, or a task of one.
    fn is_left(&self) -> bool {
        self.served.is_some() || Handle::current().metrics().num_alive_tasks() > 0
    }

    /// What the server does not take is lost.
    async fn send(&mut self, bytes: &[u8]) {
        let Some(io) = &mut self.io else { return };
        let taken = poll_fn(|cx| {
            // The pipe takes all or what it has room for.
            Poll::Ready(match Pin::new(&mut *io).poll_write(cx, bytes) {
                Poll::Ready(taken) => taken.unwrap_or_default(),
                Poll::Pending => 0,
            })
        });
        let taken = &bytes[..taken.await];
        self.is_any_signed |= taken.windows(SIGNED.len()).any(|part| part == SIGNED);
        self.answers.asks(taken);
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
            let is_computing = self.server.is_computing();
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
