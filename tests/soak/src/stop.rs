//! The end before the end.

use tokio::signal::unix::{SignalKind, signal};

/// Waits for a signal to end, so that the servers end with this program.
pub async fn is_asked_for() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
