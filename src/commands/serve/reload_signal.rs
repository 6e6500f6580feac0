//! What asks a server to read its files again.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGHUP, where there is such a thing.
pub(super) struct ReloadSignal {
    #[cfg(unix)]
    hangup: Signal,
}

impl ReloadSignal {
    /// From now on it does not end the program.
    #[cfg(unix)]
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { hangup: signal(SignalKind::hangup())? })
    }

    /// There is none.
    #[cfg(windows)]
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(unix)]
    pub(super) async fn received(&mut self) {
        self.hangup.recv().await;
    }

    #[cfg(windows)]
    pub(super) async fn received(&mut self) {
        std::future::pending().await
    }
}
