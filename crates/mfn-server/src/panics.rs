//! What is told of a panic.

use std::panic::{self, PanicHookInfo};
use std::thread;

use crate::log_limit::limited;

/// Has panics of all threads told in the log. Without this the standard library
/// writes them to standard error itself: in lines that nobody limits, and the
/// thread would wait for whoever reads them.
pub fn log_panics() {
    panic::set_hook(Box::new(log));
}

fn log(panic: &PanicHookInfo<'_>) {
    let thread = thread::current();
    let thread = thread.name().unwrap_or("without a name");
    let at = panic.location().map(tracing::field::display);
    // As a literal, since what a panic says may quote what came from outside.
    let reason = panic.payload_as_str().unwrap_or("it gives no reason");
    limited!(ERROR, "a panic, which is a fault of this program", thread, at, ?reason);
}
