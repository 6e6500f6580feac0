//! One call that is counted.

use std::sync::Arc;
use std::time::Duration;

use mfn_access::KeyId;
use tonic::Code;

use super::thread_counters::ThreadCounters;

/// A call that has been counted as started, on the thread that serves it.
#[derive(Debug)]
pub(crate) struct CountedCall {
    thread: Arc<ThreadCounters>,
    method: usize,
}

impl CountedCall {
    /// A call to `path` has started.
    pub(crate) fn start(thread: &Arc<ThreadCounters>, path: &str) -> Self {
        Self { thread: Arc::clone(thread), method: thread.start(path) }
    }

    /// One of its messages has come whole.
    pub(crate) fn received(&self) {
        self.thread.receive(self.method);
    }

    /// So many messages of its answer have begun to be sent.
    pub(crate) fn sent(&self, messages: u64) {
        if messages > 0 {
            self.thread.send(self.method, messages);
        }
    }

    /// It has ended.
    pub(crate) fn ended(
        &self,
        code: Code,
        reason: Option<&str>,
        key: Option<&KeyId>,
        took: Duration,
    ) {
        self.thread.end(self.method, code, took);
        reason.inspect(|reason| self.thread.refuse(reason));
        key.inspect(|key| self.thread.of_key(key, code));
    }
}
