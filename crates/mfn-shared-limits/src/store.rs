//! The limits as a server sees them, and the thread that asks the store.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, mpsc as std_mpsc};
use std::time::Duration;
use std::{fmt, io, thread};

use mfn_access::keys::KeyId;
use mfn_access::shared::{PendingVerdict, Question, SharedLimits, SharedPermit, Unavailable};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};

use crate::command::Admit;
use crate::connection::Connect;
use crate::messages::{Message, Shared, Waiters};
use crate::names::{CallIds, KeyDigest};
use crate::sessions::Sessions;

/// How long the start waits for the first connection, or for its failure.
const START_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the end waits for the last calls to be told to the store.
const END_TIMEOUT: Duration = Duration::from_millis(200);

/// Limits that a store counts for all servers that ask it.
pub struct StoreLimits {
    shared: Shared,
    calls: CallIds,
    /// Says when the thread has ended, if it is one.
    ended: Option<Mutex<std_mpsc::Receiver<()>>>,
}

impl StoreLimits {
    /// The thread that talks to the store.
    pub const THREAD: &str = "mfn-limits";

    /// Starts the thread, which connects and goes on trying to. Waits until it has
    /// connected or failed to.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(crate) fn start(connect: impl Connect) -> io::Result<Self> {
        let (tried, first_try) = std_mpsc::sync_channel(1);
        let (end, ended) = std_mpsc::sync_channel(1);
        let waiters = Waiters { first_try: Some(tried), _end: Some(end) };
        let (mut limits, sessions) = Self::asking(connect, waiters);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new()
            .name(Self::THREAD.to_owned())
            .spawn(move || runtime.block_on(sessions.run()))?;
        // It is no error if nobody is there yet.
        first_try.recv_timeout(START_TIMEOUT).ok();
        limits.ended = Some(Mutex::new(ended));
        Ok(limits)
    }

    /// The limits, and the work of the thread.
    pub(crate) fn asking<C: Connect>(connect: C, waiters: Waiters) -> (Self, Sessions<C>) {
        let (messages, inbox) = mpsc::unbounded_channel();
        let shared = Shared { messages, is_available: Arc::default() };
        let sessions = Sessions::new(connect, inbox, shared.clone(), waiters);
        (Self { shared, calls: CallIds::new(), ended: None }, sessions)
    }
}

impl SharedLimits for StoreLimits {
    fn admit(&self, question: Question) -> PendingVerdict {
        if !self.is_available() {
            return Box::pin(std::future::ready(Err(Unavailable::Away)));
        }
        let call = Admit::new(&question, self.calls.next());
        let (answer, answered) = oneshot::channel();
        self.shared.tell(Message::Ask { call, answer });
        // A thread that does not answer has ended.
        Box::pin(async { answered.await.unwrap_or(Err(Unavailable::Away)) })
    }

    fn open_unasked(&self, key: &KeyId) -> SharedPermit {
        let (key, call) = (KeyDigest::of(key), self.calls.next());
        self.shared.tell(Message::Opened { key, call });
        self.shared.permit(key, call)
    }

    fn is_available(&self) -> bool {
        self.shared.is_available.load(Ordering::Relaxed)
    }
}

/// The store is told of the calls that are over, so that another server need not wait
/// until they lapse.
impl Drop for StoreLimits {
    fn drop(&mut self) {
        self.shared.tell(Message::End);
        if let Some(Ok(ended)) = self.ended.as_mut().map(Mutex::get_mut) {
            ended.recv_timeout(END_TIMEOUT).ok();
        }
    }
}

impl fmt::Debug for StoreLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreLimits").field("is_available", &self.is_available()).finish()
    }
}
