//! What ends a server, or a sweep, from outside.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{self, Signal as Interrupt};
#[cfg(windows)]
use tokio::signal::windows::{self, CtrlC as Interrupt};

/// Ctrl-C, or SIGTERM where there is such a thing; and the end of the terminal.
pub(in crate::commands) struct StopSignal {
    interrupt: Interrupt,
    #[cfg(unix)]
    terminate: unix::Signal,
    /// The terminal that the server was started from has been closed. A server
    /// that went on would hold its port, and nobody would see why.
    #[cfg(unix)]
    hangup: Option<unix::Signal>,
}

impl StopSignal {
    /// From now on none of these ends the program by itself. SIGHUP is among them
    /// if `hangup_stops`.
    #[cfg(unix)]
    pub(in crate::commands) fn new(hangup_stops: bool) -> io::Result<Self> {
        use unix::{SignalKind, signal};
        let hangup = hangup_stops.then(|| signal(SignalKind::hangup())).transpose()?;
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())?, hangup })
    }

    /// From now on it does not end the program by itself.
    #[cfg(windows)]
    pub(in crate::commands) fn new(_hangup_stops: bool) -> io::Result<Self> {
        Ok(Self { interrupt: windows::ctrl_c()? })
    }

    #[cfg(unix)]
    pub(in crate::commands) async fn received(&mut self) {
        let Self { interrupt, terminate, hangup } = self;
        let hung_up = async {
            match hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hung_up => {}
        }
    }

    #[cfg(windows)]
    pub(in crate::commands) async fn received(&mut self) {
        self.interrupt.recv().await;
    }

    /// The same, when the server ends already. A terminal that is closed may send
    /// its signal twice, once by the shell, so SIGHUP is no second wish to end.
    pub(super) async fn received_again(&mut self) {
        #[cfg(unix)]
        {
            self.hangup = None;
        }
        self.received().await;
    }
}
