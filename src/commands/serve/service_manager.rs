//! What the service manager is told that started the server, by the protocol of
//! systemd's `sd_notify(3)`. One that has not asked for it, by the variable
//! `NOTIFY_SOCKET`, is told nothing; nor is any on a system other than Linux.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[cfg(target_os = "linux")]
use sd_notify::{NotifyState, notify};

/// Whoever started the server. Copies of this are one service manager, which hears of
/// nothing but the end once it was told that the server is about to end: another state
/// would take that back.
#[derive(Clone, Debug, Default)]
pub(super) struct ServiceManager {
    knows_of_the_end: Arc<Mutex<bool>>,
}

impl ServiceManager {
    /// The server can be called, or has read its files again. It serves as `how` says.
    pub(super) fn is_ready(&self, how: &str) {
        self.unless_it_knows_of_the_end(|| is_ready(how));
    }

    /// The server reads its files again, and says later that it is ready.
    pub(super) fn is_reloading(&self) {
        self.unless_it_knows_of_the_end(is_reloading);
    }

    /// The server is about to end, and does until then what `how` says.
    pub(super) fn is_stopping(&self, how: &str) {
        let mut knows = self.knows_of_the_end();
        *knows = true;
        is_stopping(how);
    }

    /// Holds the lock while it tells, so that the end is told after that.
    fn unless_it_knows_of_the_end(&self, tell: impl FnOnce()) {
        let knows = self.knows_of_the_end();
        if !*knows {
            tell();
        }
    }

    fn knows_of_the_end(&self) -> MutexGuard<'_, bool> {
        self.knows_of_the_end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(target_os = "linux")]
fn is_ready(how: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(how)]);
}

#[cfg(target_os = "linux")]
fn is_reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => {
            tell(&[NotifyState::Reloading, now, NotifyState::Status("reading its files again")]);
        }
        Err(error) => tracing::warn!("the service manager is not told of a reload: {error}"),
    }
}

#[cfg(target_os = "linux")]
fn is_stopping(how: &str) {
    tell(&[NotifyState::Stopping, NotifyState::Status(how)]);
}

/// A message that does not arrive is no reason to end what is being served.
#[cfg(target_os = "linux")]
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = notify(states) {
        tracing::warn!("the service manager that NOTIFY_SOCKET names is not told: {error}");
    }
}

#[cfg(not(target_os = "linux"))]
fn is_ready(_how: &str) {}

#[cfg(not(target_os = "linux"))]
fn is_reloading() {}

#[cfg(not(target_os = "linux"))]
fn is_stopping(_how: &str) {}
