//! What callers say to the thread that talks to the store, and what both share.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::SyncSender;

use mfn_access::shared::{SharedPermit, Unavailable, Verdict};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::command::Admit;
use crate::names::{CallId, KeyDigest};

/// What is said to the thread.
pub(crate) enum Message {
    /// A call wants to be admitted.
    Ask { call: Admit, at: Instant, answer: oneshot::Sender<Result<Verdict, Unavailable>> },
    /// A call was admitted without asking.
    Opened { key: KeyDigest, call: CallId },
    /// A call is over.
    Closed { key: KeyDigest, call: CallId },
    /// The server is.
    End,
}

/// What callers and the thread share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) messages: mpsc::UnboundedSender<Message>,
    pub(crate) is_available: Arc<AtomicBool>,
}

impl Shared {
    /// A permit that has the thread told when it is dropped.
    pub(crate) fn permit(&self, key: KeyDigest, call: CallId) -> SharedPermit {
        SharedPermit::new(OpenCall { key, call, messages: self.messages.clone() })
    }

    /// Nobody listens only at the very end.
    pub(crate) fn tell(&self, message: Message) {
        self.messages.send(message).ok();
    }
}

/// Who waits for the thread, until these are dropped.
#[derive(Default)]
pub(crate) struct Waiters {
    /// For its first attempt to connect.
    pub(crate) first_try: Option<SyncSender<()>>,
    /// For its end.
    pub(crate) _end: Option<SyncSender<()>>,
}

/// A call that is open until this is dropped.
struct OpenCall {
    key: KeyDigest,
    call: CallId,
    messages: mpsc::UnboundedSender<Message>,
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        let Self { key, call, .. } = *self;
        self.messages.send(Message::Closed { key, call }).ok();
    }
}
