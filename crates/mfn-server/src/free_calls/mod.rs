//! Bounds what calls can hold that need no credentials: health, reflection where it
//! is public, and whatever is refused. Nobody is charged for them, so they are bounded by what a
//! connection has of them, and all connections together.

mod permits;
mod waiting;

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use mfn_access::rate::SlidingWindow;
use tokio::time::Instant;

use crate::counted::{Counted, Open};
use crate::error::Error;
use crate::messages::{Unread, within};
pub(crate) use permits::FreeCallPermit;
use permits::Permits;
pub(crate) use waiting::Wait;
use waiting::Waiting;

/// Longest message of such a call. The longest that has a meaning is far shorter.
pub(crate) const MAX_MESSAGE_BYTES: usize = 64 * 1024;
/// Time in which such a message must have come.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(10);
/// Answers at once, of all connections, beyond which each has to be read at once,
/// unless it is one of few on its connection.
const MANY_ANSWERS: usize = 2048;
const FEW_ANSWERS: usize = 4;
/// Answers of reflection in a second, each of up to 20 KB.
const REFLECTIONS_A_SECOND: u32 = 1000;

/// The calls of all connections.
#[derive(Clone, Debug)]
pub(crate) struct FreeCalls(Arc<OfAll>);

#[derive(Debug)]
struct OfAll {
    watches: Permits,
    reflections: Permits,
    reflections_a_second: Mutex<SlidingWindow>,
    waiting: Arc<Waiting>,
    unread: Arc<Waiting>,
    answers: Open,
    /// Rates are measured from here.
    start: Instant,
}

/// The calls of one connection.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionFreeCalls(Arc<Connection>);

#[derive(Debug)]
struct Connection {
    of_all: FreeCalls,
    watches: Open,
    reflections: Open,
    answers: Open,
    number: u64,
}

impl Default for FreeCalls {
    fn default() -> Self {
        Self(Arc::new(OfAll {
            // The first is for the health of the connection itself, as clients ask
            // for it that choose among servers by their health.
            watches: Permits::new("open watches of health", 100, 1, 1024),
            // A question that is not read yet, for want of a reader of the answer to
            // the one before, may fill the window of its stream.
            reflections: Permits::new("open streams of reflection", 8, 0, 16),
            reflections_a_second: Mutex::new(SlidingWindow::new(REFLECTIONS_A_SECOND)),
            waiting: Arc::new(Waiting::new(
                ["unfinished requests of one connection", "unfinished requests"],
                64,
                1024,
            )),
            unread: Arc::new(Waiting::new(
                ["unread answers of one connection", "unread answers"],
                64,
                1024,
            )),
            answers: Open::default(),
            start: Instant::now(),
        }))
    }
}

impl FreeCalls {
    /// For a further connection.
    pub(crate) fn of_connection(&self) -> ConnectionFreeCalls {
        let number = self.0.waiting.next_number();
        let (watches, reflections, answers) = Default::default();
        let of_all = self.clone();
        ConnectionFreeCalls(Arc::new(Connection { of_all, watches, reflections, answers, number }))
    }
}

impl ConnectionFreeCalls {
    /// `message`, if it comes in time. One that is there is not kept from being
    /// read; of those that are waited for there are only so many.
    ///
    /// # Errors
    /// It does not come in time, or others need its place among those that are
    /// waited for, which the longest has to leave.
    pub(crate) async fn receive<T>(
        &self,
        message: impl Future<Output = Result<T, Unread>>,
    ) -> Result<T, Unread> {
        let mut message = pin!(message);
        if let Some(read) = message.as_mut().now_or_never() {
            return read;
        }
        let wait = self.of_all().waiting.enter(self.0.number);
        tokio::select! {
            biased;
            read = within(MESSAGE_TIMEOUT, message) => read,
            must_go = wait.must_go() => Err(must_go.into()),
        }
    }

    /// A permit for a watch of health.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn watch(&self) -> Result<FreeCallPermit, Error> {
        self.of_all().watches.acquire(&self.0.watches)
    }

    /// A permit for a stream of reflection.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn reflection(&self) -> Result<FreeCallPermit, Error> {
        self.of_all().reflections.acquire(&self.0.reflections)
    }

    /// Counts one answer of reflection.
    ///
    /// # Errors
    /// As many as may have been given in the last second.
    pub(crate) fn reflect(&self) -> Result<(), Error> {
        let of_all = self.of_all();
        let mut answers =
            of_all.reflections_a_second.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = REFLECTIONS_A_SECOND as usize;
        let exceeded =
            |_| Error::TooManyFreeCalls { what: "answers of reflection a second", limit };
        answers.admit(of_all.start.elapsed()).map_err(exceeded)
    }

    /// An answer begins.
    pub(crate) fn answer(&self) -> UnchargedAnswer {
        let (of_all, others) = Counted::among(&self.of_all().answers);
        let (of_connection, few) = Counted::among(&self.0.answers);
        UnchargedAnswer {
            connection: self.clone(),
            is_one_of_many: others >= MANY_ANSWERS && few >= FEW_ANSWERS,
            _counted: [of_all, of_connection],
        }
    }

    fn of_all(&self) -> &OfAll {
        &self.0.of_all.0
    }
}

/// An answer that nobody is charged for, until this is dropped.
#[derive(Debug)]
pub(crate) struct UnchargedAnswer {
    connection: ConnectionFreeCalls,
    is_one_of_many: bool,
    _counted: [Counted; 2],
}

impl UnchargedAnswer {
    /// Whether there were many others when it began, and some on its connection.
    pub(crate) fn is_one_of_many(&self) -> bool {
        self.is_one_of_many
    }

    /// It waits for its reader. Only so many may: when it has waited longest, it may
    /// have to go.
    pub(crate) fn waits_for_reader(&self) -> Wait {
        self.connection.of_all().unread.enter(self.connection.0.number)
    }
}

#[cfg(test)]
mod tests;
