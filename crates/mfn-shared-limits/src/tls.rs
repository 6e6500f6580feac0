//! Whom an encrypted connection to the store trusts.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// Trusts these `roots`, which are PEM, or those of this machine if there are none.
///
/// # Errors
/// In words: there is no certificate.
pub(crate) fn trusting(roots: Option<&[u8]>) -> Result<Arc<ClientConfig>, String> {
    let mut trusted = RootCertStore::empty();
    match roots {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|error| format!("it is no PEM: {error}"))?;
                trusted.add(certificate).map_err(|error| error.to_string())?;
            }
        }
        None => {
            trusted.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if trusted.is_empty() {
        return Err("there is no certificate to trust".to_owned());
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(Arc::new(config.with_root_certificates(trusted).with_no_client_auth()))
}
