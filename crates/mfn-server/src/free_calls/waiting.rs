//! Calls whose message, or whose reader, is waited for. Only so many may be at once: one more, and
//! the one that has waited longest has to go. So who sends or reads slowly, or never,
//! cannot keep out those who take a moment.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future as _, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use crate::error::Error;

/// All that wait.
#[derive(Debug)]
pub(super) struct Waiting {
    /// What there is too much of on one connection, and in all.
    what: [&'static str; 2],
    of_connection: usize,
    in_all: usize,
    line: Mutex<Line>,
    /// Connections and those who wait are numbered.
    next_number: AtomicU64,
}

#[derive(Debug, Default)]
struct Line {
    /// In the order in which they came, with their connections.
    waiting: BTreeMap<u64, (u64, oneshot::Sender<Error>)>,
    /// The same by connection.
    by_connection: BTreeSet<(u64, u64)>,
}

/// One that waits, until this is dropped.
#[derive(Debug)]
pub(crate) struct Wait {
    among: Arc<Waiting>,
    number: u64,
    must_go: oneshot::Receiver<Error>,
}

impl Waiting {
    /// So many may wait of one connection, and so many in all.
    pub(super) fn new(what: [&'static str; 2], of_connection: usize, in_all: usize) -> Self {
        let (line, next_number) = Default::default();
        Self { what, of_connection, in_all, line, next_number }
    }

    /// A number that nobody else has.
    pub(super) fn next_number(&self) -> u64 {
        self.next_number.fetch_add(1, Ordering::Relaxed)
    }

    /// A further one waits, of this connection.
    pub(super) fn enter(self: &Arc<Self>, connection: u64) -> Wait {
        let number = self.next_number();
        let (go, must_go) = oneshot::channel();
        let mut line = self.line();
        if line.of_connection(connection).count() >= self.of_connection {
            let longest = line.of_connection(connection).next();
            line.send_away(longest, self.what[0], self.of_connection);
        } else if line.waiting.len() >= self.in_all {
            let longest = line.waiting.keys().next().copied();
            line.send_away(longest, self.what[1], self.in_all);
        }
        line.waiting.insert(number, (connection, go));
        line.by_connection.insert((connection, number));
        drop(line);
        Wait { among: Arc::clone(self), number, must_go }
    }

    /// How many wait.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.line().waiting.len()
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Those of one connection, the longest waiting first.
    fn of_connection(&self, connection: u64) -> impl Iterator<Item = u64> {
        let numbers = self.by_connection.range((connection, 0)..=(connection, u64::MAX));
        numbers.map(|(_, number)| *number)
    }

    fn send_away(&mut self, number: Option<u64>, what: &'static str, limit: usize) {
        if let Some(go) = number.and_then(|number| self.remove(number)) {
            // It may just have stopped waiting.
            go.send(Error::TooManyFreeCalls { what, limit }).ok();
        }
    }

    fn remove(&mut self, number: u64) -> Option<oneshot::Sender<Error>> {
        let (connection, go) = self.waiting.remove(&number)?;
        self.by_connection.remove(&(connection, number));
        Some(go)
    }
}

impl Wait {
    /// Comes when it has to go, with the reason.
    pub(super) async fn must_go(mut self) -> Error {
        poll_fn(|cx| self.poll_must_go(cx)).await
    }

    /// The same for a task that looks after other things too.
    pub(crate) fn poll_must_go(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        match Pin::new(&mut self.must_go).poll(cx) {
            Poll::Ready(Ok(error)) => Poll::Ready(error),
            // It is removed by itself alone, and then nobody waits here.
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.among.line().remove(self.number);
    }
}
