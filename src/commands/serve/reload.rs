//! Reads the files of a server again while it serves.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use mfn_server::{AuditLog, Control};

use super::cannot_start::{apart, unusable};
use super::flags::Flags;
use super::service_manager::ServiceManager;

/// Whether there is something to read or to open again.
pub(super) fn has_files(flags: &Flags) -> bool {
    flags.keys.has_file() || flags.tls.is_enabled || matches!(flags.audit_log, AuditLog::File(_))
}

/// Has a thread of its own, so that a disk that does not answer holds up neither
/// connections nor signals.
pub(super) struct Reloader {
    asked: SyncSender<()>,
}

impl Reloader {
    /// The name of its thread.
    pub(super) const THREAD: &str = "mfn-reload";

    /// Starts the thread. Whenever it has read the files, it tells the `manager` that the
    /// server is `serving`, and how.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(super) fn start(
        control: Control,
        flags: Arc<Flags>,
        manager: ServiceManager,
        serving: String,
    ) -> io::Result<Self> {
        let (asked, asks) = sync_channel(1);
        thread::Builder::new().name(Self::THREAD.to_owned()).spawn(move || {
            while let Ok(()) = asks.recv() {
                manager.is_reloading();
                if catch_unwind(AssertUnwindSafe(|| reload_all(&control, &flags))).is_err() {
                    tracing::error!("on SIGHUP: a fault, so that some files may not be read again");
                }
                manager.is_ready(&serving);
            }
        })?;
        Ok(Self { asked })
    }

    /// Has all files read again, after those that are being read now.
    pub(super) fn reload(&self) {
        // If one waits already, it will find what this one would.
        self.asked.try_send(()).ok();
    }
}

/// All files, as they are now. What cannot be had stays as it was.
fn reload_all(control: &Control, flags: &Flags) {
    control.reopen_audit_log();
    if flags.tls.is_enabled {
        reload_tls(control);
    }
    if flags.keys.has_file() {
        reload_keys(control, flags);
    }
    if !has_files(flags) {
        tracing::info!("on SIGHUP: there is no file to read again");
    }
}

fn reload_tls(control: &Control) {
    match control.reload_tls() {
        Ok(()) => tracing::info!("on SIGHUP: the files of TLS are read again"),
        Err(error) => tracing::error!(
            "on SIGHUP: certificate, key and client authorities stay the old ones, because {}",
            unusable(&error)
        ),
    }
}

fn reload_keys(control: &Control, flags: &Flags) {
    let keys = flags.read_keys().map_err(|failure| failure.to_string());
    let count = keys.as_ref().map_or(0, Vec::len);
    match keys.and_then(|keys| control.replace_keys(keys).map_err(|error| apart(flags, &error))) {
        Ok(()) => {
            flags.keys.warn_if_all_can_read_file();
            tracing::info!(keys = count, "on SIGHUP: the keys are read again");
        }
        Err(error) => tracing::error!("on SIGHUP: the old keys stay, because {error}"),
    }
}
