//! Work that somebody may interrupt.

use std::io;
use std::thread;

use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::spawned::Groups;
use crate::Failure;

/// Does `work` on a thread of its own. If somebody interrupts, what was started is
/// killed, and nobody waits for the rest.
pub(super) fn uninterrupted<T: Send + 'static>(
    work: impl FnOnce(&Groups) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let could_not = |error: io::Error| Failure::CouldNotRun(error.to_string());
    let runtime = Builder::new_current_thread().enable_all().build().map_err(could_not)?;
    runtime.block_on(async {
        let mut terminated = signal(SignalKind::terminate()).map_err(could_not)?;
        let groups = Groups::default();
        let (done, result) = oneshot::channel();
        let of_thread = groups.clone();
        let thread = thread::Builder::new().name("compare".to_owned());
        thread.spawn(move || done.send(work(&of_thread)).ok()).map_err(could_not)?;
        let interrupted = tokio::select! {
            result = result => match result {
                Ok(result) => return result,
                Err(_) => "its thread has panicked",
            },
            _ = tokio::signal::ctrl_c() => "it was interrupted",
            _ = terminated.recv() => "it was terminated",
        };
        groups.kill();
        Err(Failure::CouldNotRun(interrupted.to_owned()))
    })
}
