//! What the server tells the thread that talks to the store, and what both share.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::SyncSender;

use mfn_access::shared::{SharedPermit, Unavailable, Verdict};
use tokio::sync::{mpsc, oneshot};

use crate::command::Admit;
use crate::names::{CallId, KeyDigest};

/// What the thread is told.
pub(crate) enum Message {
    /// A call wants to be admitted.
    Ask { call: Admit, answer: oneshot::Sender<Result<Verdict, Unavailable>> },
    /// The server has admitted a call without the store.
    Opened { key: KeyDigest, call: CallId },
    /// A call is over.
    Closed { key: KeyDigest, call: CallId },
    /// The server is over.
    End,
}

/// What the server and the thread share.
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

    /// The thread listens until the server has ended.
    pub(crate) fn tell(&self, message: Message) {
        self.messages.send(message).ok();
    }
}

/// Dropping one of these tells who waits for the thread.
#[derive(Default)]
pub(crate) struct Waiters {
    /// Waits for its first attempt to connect.
    pub(crate) first_try: Option<SyncSender<()>>,
    /// Waits for its end.
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
