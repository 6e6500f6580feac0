//! What the service manager is told that started the server, by the protocol of
//! systemd's `sd_notify(3)`. One that has not asked for it, by the variable
//! `NOTIFY_SOCKET`, is told nothing; nor is any on a system other than Linux.

#[cfg(target_os = "linux")]
use sd_notify::{NotifyState, notify};

/// The server can be called, or has read its files again. It serves as `how` says.
#[cfg(target_os = "linux")]
pub(super) fn is_ready(how: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(how)]);
}

/// The server reads its files again, and says later that it is ready.
#[cfg(target_os = "linux")]
pub(super) fn is_reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => {
            tell(&[NotifyState::Reloading, now, NotifyState::Status("reading its files again")]);
        }
        Err(error) => tracing::warn!("the service manager is not told of a reload: {error}"),
    }
}

/// The server is about to end, and does until then what `how` says.
#[cfg(target_os = "linux")]
pub(super) fn is_stopping(how: &str) {
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
pub(super) fn is_ready(_how: &str) {}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_reloading() {}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_stopping(_how: &str) {}
