//! Starts the threads of the server.

use std::{io, thread};

/// Starts a thread with this `name`, which runs `work` and is not waited for.
///
/// # Errors
/// The operating system gives no thread; the error says which one is missing.
pub(crate) fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let started = thread::Builder::new().name(name.to_owned()).spawn(work);
    started.map(drop).map_err(|error| named(&error, &format!("the thread {name}")))
}

/// The same error, which says `what` could not be started.
pub(crate) fn named(error: &io::Error, what: &str) -> io::Error {
    io::Error::new(error.kind(), format!("{what} cannot be started: {error}"))
}
