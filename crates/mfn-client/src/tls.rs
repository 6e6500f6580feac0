//! Whom a client trusts, and as whom it shows itself.

use std::fmt;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tonic::transport::{Certificate, ClientTlsConfig, Identity};

use crate::build_error::BuildError;

/// TLS: by default the roots of the system are trusted, and no certificate is shown.
#[derive(Clone, Default)]
pub struct Tls {
    ca: Option<Vec<u8>>,
    identity: Option<(Vec<u8>, Vec<u8>)>,
    server_name: Option<String>,
}

impl Tls {
    /// With the roots of the system.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts these certificates in PEM, in place of the system's.
    #[must_use]
    pub fn ca_pem(mut self, certificates: impl Into<Vec<u8>>) -> Self {
        self.ca = Some(certificates.into());
        self
    }

    /// Shows this certificate to servers that ask for one; both are in PEM.
    #[must_use]
    pub fn client_certificate_pem(
        mut self,
        certificate: impl Into<Vec<u8>>,
        key: impl Into<Vec<u8>>,
    ) -> Self {
        self.identity = Some((certificate.into(), key.into()));
        self
    }

    /// The name that the server's certificate must have, if it is not the endpoint's.
    #[must_use]
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// What tonic takes.
    pub(crate) fn config(&self) -> Result<ClientTlsConfig, BuildError> {
        let mut config = ClientTlsConfig::new();
        config = match &self.ca {
            Some(ca) => {
                check_certificates("the authority's", ca)?;
                config.ca_certificate(Certificate::from_pem(ca))
            }
            None => config.with_native_roots(),
        };
        if let Some((certificate, key)) = &self.identity {
            check_certificates("the client's", certificate)?;
            PrivateKeyDer::from_pem_slice(key).map_err(|_| BuildError::NoPrivateKey)?;
            config = config.identity(Identity::from_pem(certificate, key));
        }
        if let Some(name) = &self.server_name {
            config = config.domain_name(name);
        }
        Ok(config)
    }
}

/// tonic would trust nobody if there were none, and not say so.
fn check_certificates(whose: &'static str, pem: &[u8]) -> Result<(), BuildError> {
    CertificateDer::from_pem_slice(pem).map_err(|_| BuildError::NoCertificate(whose))?;
    Ok(())
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("own_ca", &self.ca.is_some())
            .field("shows_a_certificate", &self.identity.is_some())
            .field("server_name", &self.server_name)
            .finish()
    }
}
