//! TLS: the files of the configuration, checked at the start.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use crate::config::TlsFiles;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsError {
    /// Which file it is.
    pub file: TlsFile,
    /// Where it is.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for TlsError {}

/// What makes TLS of a connection.
///
/// # Errors
/// Names the file that is missing, empty, or does not fit to the others.
pub(crate) fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, TlsError> {
    let TlsFiles { certificates, key, client_roots } = files;
    let wrong = |file, path: &Path, reason: String| TlsError { file, path: path.into(), reason };
    let certificates_wrong = |reason| wrong(TlsFile::Certificates, certificates, reason);
    let key_wrong = |reason| wrong(TlsFile::Key, key, reason);

    let chain = read_certificates(certificates).map_err(certificates_wrong)?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| key_wrong(said(&error)))?;
    let provider = Arc::new(default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| certificates_wrong(error.to_string()))?;
    let builder = match client_roots {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let roots_wrong = |reason| wrong(TlsFile::ClientRoots, path, reason);
            let mut roots = RootCertStore::empty();
            for root in read_certificates(path).map_err(roots_wrong)? {
                roots.add(root).map_err(|error| roots_wrong(error.to_string()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = verifier.build().map_err(|error| roots_wrong(error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder.with_single_cert(chain, private).map_err(|error| {
        key_wrong(format!("it does not go with {}: {error}", certificates.display()))
    })?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let all = CertificateDer::pem_file_iter(path).map_err(|error| said(&error))?;
    let all: Vec<_> = all.collect::<Result<_, _>>().map_err(|error| said(&error))?;
    if all.is_empty() { Err("there is no certificate in it".to_owned()) } else { Ok(all) }
}

fn said(error: &pem::Error) -> String {
    match error {
        pem::Error::Io(error) => format!("it cannot be read: {error}"),
        pem::Error::NoItemsFound => "there is no private key in it".to_owned(),
        other => format!("it is no PEM file: {other}"),
    }
}
