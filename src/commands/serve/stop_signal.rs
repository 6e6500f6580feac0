//! What ends a server from outside.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{self, Signal as Interrupt};
#[cfg(windows)]
use tokio::signal::windows::{self, CtrlC as Interrupt};

/// Ctrl-C, or SIGTERM where there is such a thing.
pub(super) struct StopSignal {
    interrupt: Interrupt,
    #[cfg(unix)]
    terminate: unix::Signal,
}

impl StopSignal {
    /// From now on neither ends the program by itself.
    #[cfg(unix)]
    pub(super) fn new() -> io::Result<Self> {
        let interrupt = unix::signal(unix::SignalKind::interrupt())?;
        let terminate = unix::signal(unix::SignalKind::terminate())?;
        Ok(Self { interrupt, terminate })
    }

    /// From now on it does not end the program by itself.
    #[cfg(windows)]
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { interrupt: windows::ctrl_c()? })
    }

    #[cfg(unix)]
    pub(super) async fn received(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(windows)]
    pub(super) async fn received(&mut self) {
        self.interrupt.recv().await;
    }
}
