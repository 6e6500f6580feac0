//! A server that runs already.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use http::Uri;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::client::Endpoint;

/// Where it is, and with what it is called.
#[derive(Clone, Debug)]
pub struct Address {
    /// Where.
    pub endpoint: Endpoint,
    /// The keys that it knows, as far as the suite is told.
    pub keys: Vec<String>,
}

impl Address {
    /// A server at `uri`, which is `http://host:port` or `https://host:port`; for
    /// the latter, `ca` is a PEM file of the authority that it is trusted by.
    /// `keys` has commas between keys.
    ///
    /// # Errors
    /// It is no such address, or the file cannot be used.
    pub fn new(uri: &str, keys: Option<&str>, ca: Option<&Path>) -> Result<Self, BadAddress> {
        let bad = |why: &str| BadAddress(format!("the target '{uri}' {why}"));
        let parsed: Uri = uri.parse().map_err(|_| bad("is no URI: write http://host:port"))?;
        let tls = match parsed.scheme_str() {
            Some("http") => None,
            Some("https") => {
                let ca = ca.ok_or_else(|| bad("has TLS: name its authority with --ca"))?;
                Some(trusting(ca)?)
            }
            _ => return Err(bad("begins with neither http:// nor https://")),
        };
        if !matches!(parsed.path(), "" | "/") {
            return Err(bad("has a path: write http://host:port"));
        }
        let host = parsed.host().ok_or_else(|| bad("has no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = parsed.port_u16().ok_or_else(|| bad("has no port: write http://host:port"))?;
        let keys = keys.into_iter().flat_map(|keys| keys.split(','));
        let keys = keys.map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect();
        Ok(Self { endpoint: Endpoint { host, port, tls }, keys })
    }
}

/// What TLS needs to trust a server whose authority is in this file.
pub(super) fn trusting(ca: &Path) -> Result<Arc<ClientConfig>, BadAddress> {
    let bad = |why: &dyn fmt::Display| BadAddress(format!("'{}' {why}", ca.display()));
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(ca).map_err(|error| bad(&error))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| bad(&error))?;
        roots.add(certificate).map_err(|error| bad(&error))?;
    }
    if roots.is_empty() {
        return Err(bad(&"has no certificate"));
    }
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}

/// What cannot be called, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BadAddress(String);

impl fmt::Display for BadAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadAddress {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_scheme_a_host_and_a_port() {
        let address = Address::new("http://localhost:50051", Some("one, two"), None).expect("good");
        assert_eq!(address.endpoint.to_string(), "http://localhost:50051");
        assert_eq!(address.keys, ["one", "two"]);
        let address = Address::new("http://[::1]:1/", None, None).expect("good");
        assert_eq!(address.endpoint.authority(), "[::1]:1");
        for bad in
            ["localhost:50051", "http://localhost", "ftp://a:1", "http://a:1/b", "https://a:1"]
        {
            assert!(Address::new(bad, None, None).is_err(), "{bad}");
        }
    }
}
