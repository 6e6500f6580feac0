//! Whether a server's certificate is one that it may have.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::failure::Failure;

/// The protocol that gRPC speaks, as TLS names it.
const HTTP_2: &[u8] = b"h2";
/// Longest file of authorities, in bytes.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Certificates have to be of an authority of the file.
pub(super) fn by_authority(file: &Path) -> Result<Arc<ClientConfig>, Failure> {
    let bad = |why: String| Failure::Usage(format!("--ca {}: {why}", file.display()));
    let pem = mfn_server::read_regular_file(file, MAX_FILE_BYTES)
        .map_err(|error| bad(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let added = certificate.map(|certificate| roots.add(certificate));
        if !matches!(added, Ok(Ok(()))) {
            return Err(bad("it has what is no certificate of an authority".to_owned()));
        }
    }
    if roots.is_empty() {
        return Err(bad("it has no certificate in PEM".to_owned()));
    }
    Ok(Arc::new(speaking_http2(
        ClientConfig::builder().with_root_certificates(roots).with_no_client_auth(),
    )))
}

/// Any certificate will do: whoever asks this machine's own server tells it nothing
/// that is secret, and the name in its certificate is that of another address.
pub(super) fn by_nobody() -> Arc<ClientConfig> {
    let verifier = Arc::new(AnyCertificate(aws_lc_rs::default_provider().into()));
    let config = ClientConfig::builder().dangerous().with_custom_certificate_verifier(verifier);
    Arc::new(speaking_http2(config.with_no_client_auth()))
}

fn speaking_http2(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![HTTP_2.to_vec()];
    config
}

/// Takes whatever certificate is shown, but not whatever signature: what is said goes
/// to whoever has the key of that certificate.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
