//! What asks a server to read its files again.

use std::future::pending;
use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGHUP, where there is such a thing.
pub(super) struct ReloadSignal {
    #[cfg(unix)]
    hangup: Option<Signal>,
}

impl ReloadSignal {
    /// From now on SIGHUP does not end the program, if `hangup_reloads`. Otherwise
    /// this signal never comes.
    #[cfg(unix)]
    pub(super) fn new(hangup_reloads: bool) -> io::Result<Self> {
        let hangup = hangup_reloads.then(|| signal(SignalKind::hangup())).transpose()?;
        Ok(Self { hangup })
    }

    /// There is none.
    #[cfg(windows)]
    pub(super) fn new(_hangup_reloads: bool) -> io::Result<Self> {
        Ok(Self {})
    }

    pub(super) async fn received(&mut self) {
        #[cfg(unix)]
        if let Some(hangup) = &mut self.hangup {
            hangup.recv().await;
            return;
        }
        pending::<()>().await;
    }
}
