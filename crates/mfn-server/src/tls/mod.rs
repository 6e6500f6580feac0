//! TLS: the files of the configuration, checked at the start and whenever they are
//! read again.

mod certified_key;
mod chain;
mod failure;
mod pem_file;
mod server_config;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use rustls::ServerConfig;

use crate::config::TlsFiles;
use crate::regular_file::warn_if_all_can_read;
use crate::wall_clock::since_epoch;
pub(crate) use failure::{TlsFailure, TlsFailureReason, TlsFailures};
pub(crate) use server_config::HTTP2;

/// Which of the files of a [`TlsFiles`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFile {
    /// The server's certificates.
    Certificates,
    /// Their private key.
    Key,
    /// The roots of the clients' certificates.
    ClientRoots,
}

/// A file that TLS cannot be had with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct TlsError {
    /// Which file it is.
    pub file: TlsFile,
    /// Where it is.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// TLS with what the files held when they were last read and could be used.
#[derive(Clone, Debug)]
pub(crate) struct Tls(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    files: TlsFiles,
    has_web: bool,
    in_use: ArcSwap<InUse>,
}

/// What one reading of all files made.
#[derive(Debug)]
struct InUse {
    config: Arc<ServerConfig>,
    expires: Option<SystemTime>,
}

impl Tls {
    /// Reads the `files`. Where it `has_web`, HTTP/1.1 can be negotiated as well.
    ///
    /// # Errors
    /// Names the file that is missing, empty, or does not fit to the others.
    pub(crate) fn new(files: &TlsFiles, has_web: bool) -> Result<Self, TlsError> {
        let in_use = ArcSwap::from_pointee(InUse::read(files, has_web)?);
        Ok(Self(Arc::new(Shared { files: files.clone(), has_web, in_use })))
    }

    /// Reads the files again. Handshakes that begin from now on use what is in them,
    /// and cannot resume a session from before; connections that are open stay.
    ///
    /// # Errors
    /// As [`Self::new`]. All that was in use before stays in use then.
    pub(crate) fn reload(&self) -> Result<(), TlsError> {
        self.0.in_use.store(Arc::new(InUse::read(&self.0.files, self.0.has_web)?));
        Ok(())
    }

    /// What a handshake that begins now uses.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0.in_use.load().config)
    }

    /// When the first of the certificates that are served now expires; none if that
    /// cannot be read.
    pub(crate) fn expires(&self) -> Option<SystemTime> {
        self.0.in_use.load().expires
    }
}

impl InUse {
    /// The log tells of the certificates once all files have proved to be usable.
    fn read(files: &TlsFiles, has_web: bool) -> Result<Self, TlsError> {
        let (config, shown) = server_config::read(files, has_web)?;
        warn_if_all_can_read(&files.key, "the private key");
        chain::tell_of(&files.certificates, &shown, since_epoch());
        Ok(Self { config: Arc::new(config), expires: chain::expires(&shown) })
    }
}
