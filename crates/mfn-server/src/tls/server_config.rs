//! What rustls needs to speak TLS with the files of the configuration.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::SingleCertAndKey;
use rustls::time_provider::TimeProvider;
use rustls::{RootCertStore, ServerConfig};

use super::pem_file::PemFile;
use super::{TlsError, TlsFile, certified_key};
use crate::config::TlsFiles;
use crate::wall_clock::since_epoch;

/// The name of HTTP/2 in ALPN.
pub(crate) const HTTP2: &[u8] = b"h2";
/// What a client may negotiate, the first one preferred. One that negotiates nothing is
/// known by how it begins.
const ALPN: [&[u8]; 2] = [HTTP2, b"http/1.1"];

/// The configuration, and the certificates that it has the server show. HTTP/1.1 can be
/// negotiated where it `has_web`.
///
/// # Errors
/// Names the file that is missing, empty, or does not fit to the others.
pub(super) fn read(
    files: &TlsFiles,
    has_web: bool,
) -> Result<(ServerConfig, Vec<CertificateDer<'static>>), TlsError> {
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
        Some(path) => builder.with_client_cert_verifier(client_verifier(path, provider)?),
    };
    let chain = shown.cert.clone();
    let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)));
    let spoken = if has_web { &ALPN[..] } else { &ALPN[..1] };
    config.alpn_protocols = spoken.iter().map(|name| name.to_vec()).collect();
    Ok((config, chain))
}

/// Asks clients for a certificate of one of the roots in the file at `path`.
fn client_verifier(
    path: &Path,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let roots_wrong =
        |reason| TlsError { file: TlsFile::ClientRoots, path: path.to_owned(), reason };
    let mut roots = RootCertStore::empty();
    let all = PemFile::read(path).and_then(|file| file.certificates());
    for (root, number) in all.map_err(roots_wrong)?.into_iter().zip(1..) {
        roots.add(root).map_err(|error| {
            roots_wrong(format!("its certificate {number} cannot be used: {error}"))
        })?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    verifier.build().map_err(|error| roots_wrong(error.to_string()))
}

/// The library's own clock would panic if it is set before 1970.
#[derive(Debug)]
struct WallClock;

impl TimeProvider for WallClock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(since_epoch()))
    }
}
