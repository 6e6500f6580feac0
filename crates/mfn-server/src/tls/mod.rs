//! TLS: the files of the configuration, checked at the start.

mod certified_key;
mod chain;
mod pem_file;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::UnixTime;
use rustls::server::WebPkiClientVerifier;
use rustls::sign::SingleCertAndKey;
use rustls::time_provider::TimeProvider;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use crate::config::TlsFiles;
use pem_file::PemFile;

/// What a client may negotiate. One that negotiates nothing is taken to speak
/// it too, and found out by its preface if it does not.
const ALPN: &[u8] = b"h2";

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

/// What makes TLS of a connection.
///
/// # Errors
/// Names the file that is missing, empty, or does not fit to the others.
pub(crate) fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, TlsError> {
    let TlsFiles { certificates, key, client_roots } = files;
    let provider = Arc::new(default_provider());
    let shown = certified_key::read(certificates, key, &provider)?;
    let certificates_wrong = |error: rustls::Error| TlsError {
        file: TlsFile::Certificates,
        path: certificates.clone(),
        reason: error.to_string(),
    };
    let builder = ServerConfig::builder_with_details(Arc::clone(&provider), Arc::new(WallClock))
        .with_safe_default_protocol_versions()
        .map_err(certificates_wrong)?;
    let builder = match client_roots {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let roots_wrong =
                |reason| TlsError { file: TlsFile::ClientRoots, path: path.clone(), reason };
            let mut roots = RootCertStore::empty();
            let all = PemFile::read(path).and_then(|file| file.certificates());
            for (root, number) in all.map_err(roots_wrong)?.into_iter().zip(1..) {
                roots.add(root).map_err(|error| {
                    roots_wrong(format!("its certificate {number} cannot be used: {error}"))
                })?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = verifier.build().map_err(|error| roots_wrong(error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    chain::tell_of(certificates, &shown.cert, since_epoch());
    let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)));
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The clock of the operating system. One that is set before 1970 says 1970; the
/// library's own would panic then.
#[derive(Debug)]
struct WallClock;

impl TimeProvider for WallClock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(since_epoch()))
    }
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
