//! Starts the threads of the server, and knows when one has ended.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::{io, thread};

use tokio_util::sync::CancellationToken;

/// A thread that was started.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    name: Arc<str>,
    ended: CancellationToken,
}

/// Starts a thread with this `name`, which runs `work` and is not waited for.
///
/// # Errors
/// The operating system gives no thread; the error says which one is missing.
pub(crate) fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<Thread> {
    let thread = Thread { name: name.into(), ended: CancellationToken::new() };
    let ended = thread.ended.clone().drop_guard();
    let started = thread::Builder::new().name(name.to_owned()).spawn(move || {
        // Dropped by a panic too.
        let _ended = ended;
        work();
    });
    started.map_err(|error| named(&error, &format!("the thread {name}")))?;
    Ok(thread)
}

/// Runs `work` until it returns, and again whenever it panics: for work that lost
/// no more by the panic than what it was doing.
pub(crate) fn again_after_a_panic(work: impl Fn()) {
    // What it was is told by the panic itself, in the log.
    while catch_unwind(AssertUnwindSafe(&work)).is_err() {}
}

/// The same error, which says `what` could not be started.
pub(crate) fn named(error: &io::Error, what: &str) -> io::Error {
    io::Error::new(error.kind(), format!("{what} cannot be started: {error}"))
}

impl Thread {
    /// Waits until the thread has ended, be it by a panic.
    pub(crate) async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// Whether it has ended, be it by a panic.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.is_cancelled()
    }

    /// The error of a server whose thread ends before the server does: what the
    /// thread did is done no more, so the server cannot go on.
    pub(crate) async fn ended_too_early(&self) -> io::Error {
        self.ended().await;
        let name = &self.name;
        io::Error::other(format!("the thread {name} has ended, which is a fault of this program"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_thread_that_panics_has_ended_as_one_that_returns() {
        for work in [|| {}, || panic!("of the test")] {
            let thread = start("mfn-test", work).expect("a thread");
            let error = thread.ended_too_early().await;
            assert!(thread.has_ended());
            assert!(error.to_string().starts_with("the thread mfn-test has ended"), "{error}");
        }
    }

    #[test]
    fn work_that_panics_is_done_again_until_it_returns() {
        let runs = AtomicU32::new(0);
        again_after_a_panic(|| assert_eq!(runs.fetch_add(1, Ordering::Relaxed), 2));
        assert_eq!(runs.into_inner(), 3);
    }
}
