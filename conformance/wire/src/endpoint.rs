//! Where a server is, and how it is reached.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, io};

use http::Uri;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

/// What TLS agrees upon by ALPN.
const H2: &[u8] = b"h2";

/// Said of a server whose certificate says `CA:TRUE`.
const IS_AUTHORITY: &str = "\
the server's certificate is that of an authority: give it one that says CA:FALSE, which may sign itself";

/// Where a server is, and how it is spoken to.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// With TLS, if it is there.
    pub tls: Option<Arc<ClientConfig>>,
    /// The PEM file of the authority that it is trusted by, with TLS.
    pub ca: Option<PathBuf>,
}

/// A connection, with or without TLS.
pub type Stream = Either<TcpStream, TlsStream<TcpStream>>;

impl Endpoint {
    /// The server at `uri`: `http://host:port`, or the same without `http://`, or
    /// `https://host:port` with the PEM file `ca` of the authority that it is trusted by.
    ///
    /// # Errors
    /// It is no such address, or the file cannot be used.
    pub fn parse(uri: &str, ca: Option<&Path>) -> Result<Self, EndpointError> {
        let bad = |why: &str| EndpointError(format!("the target '{uri}' {why}"));
        let parsed: Uri = uri.parse().map_err(|_| bad("is no URL: write http://host:port"))?;
        if !matches!(parsed.path(), "" | "/") || parsed.query().is_some() {
            return Err(bad("has a path: write http://host:port"));
        }
        let host = parsed.host().ok_or_else(|| bad("has no host: write http://host:port"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = parsed.port_u16().ok_or_else(|| bad("has no port: write http://host:port"))?;
        let tls = match (parsed.scheme_str(), ca) {
            (Some("http") | None, None) => None,
            (Some("http") | None, Some(_)) => {
                return Err(bad("has no TLS, so that --ca has no use: write https://host:port"));
            }
            (Some("https"), Some(ca)) => {
                ServerName::try_from(host.as_str())
                    .map_err(|_| bad("has a host that no certificate can be for"))?;
                Some(trusting(ca)?)
            }
            (Some("https"), None) => {
                return Err(bad("has TLS: name the authority that it is trusted by with --ca"));
            }
            _ => return Err(bad("begins with neither http:// nor https://")),
        };
        Ok(Self { host, port, tls, ca: ca.map(Path::to_owned) })
    }

    /// As in a URI: `127.0.0.1:50051`, `[::1]:50051`.
    #[must_use]
    pub fn authority(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }

    /// A TCP connection, and nothing sent.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn tcp(&self) -> Result<TcpStream, ConnectError> {
        let tcp = TcpStream::connect((&*self.host, self.port)).await;
        let tcp = tcp.map_err(|error| ConnectError::Tcp(self.to_string(), error))?;
        tcp.set_nodelay(true).map_err(|error| ConnectError::Tcp(self.to_string(), error))?;
        Ok(tcp)
    }

    /// A connection, with TLS if the server has it.
    ///
    /// # Errors
    /// The server cannot be reached, or the TLS handshake fails.
    pub async fn connect(&self) -> Result<Stream, ConnectError> {
        self.connect_by(H2).await
    }

    /// The same for another protocol than HTTP/2, as ALPN names it.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub async fn connect_by(&self, protocol: &[u8]) -> Result<Stream, ConnectError> {
        let tcp = self.tcp().await?;
        let Some(config) = &self.tls else { return Ok(Either::Left(tcp)) };
        let mut config = Arc::clone(config);
        if config.alpn_protocols != [protocol] {
            Arc::make_mut(&mut config).alpn_protocols = vec![protocol.to_vec()];
        }
        self.handshake(&config, tcp).await.map(Either::Right)
    }

    /// Speaks TLS over `tcp`, as `config` has it.
    ///
    /// # Errors
    /// The TLS handshake fails.
    pub async fn handshake(
        &self,
        config: &Arc<ClientConfig>,
        tcp: TcpStream,
    ) -> Result<TlsStream<TcpStream>, ConnectError> {
        let failed = |error| ConnectError::Tls(self.to_string(), error);
        let name = ServerName::try_from(self.host.clone());
        let name = name.map_err(|error| failed(io::Error::other(error)))?;
        let connected = TlsConnector::from(Arc::clone(config)).connect(name, tcp).await;
        connected.map_err(|error| failed(explained(error)))
    }
}

/// A certificate that signs itself is mostly that of an authority too, by the default of the
/// tool that made it, and rustls names that by a word of its own.
fn explained(error: io::Error) -> io::Error {
    let is_authority = error.to_string().contains("CaUsedAsEndEntity");
    if is_authority { io::Error::new(error.kind(), IS_AUTHORITY) } else { error }
}

/// As a URI.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

/// What TLS needs to trust a server whose authority is in this PEM file.
///
/// # Errors
/// The file cannot be used.
pub fn trusting(ca: &Path) -> Result<Arc<ClientConfig>, EndpointError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(ca, &error))?;
    let mut config = builder.with_root_certificates(trust_roots(ca)?).with_no_client_auth();
    config.alpn_protocols = vec![H2.to_vec()];
    Ok(Arc::new(config))
}

/// The authorities whose certificates are in this PEM file.
///
/// # Errors
/// The file cannot be used.
pub fn trust_roots(ca: &Path) -> Result<RootCertStore, EndpointError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca).map_err(|error| unusable(ca, &error))? {
        let certificate = certificate.map_err(|error| unusable(ca, &error))?;
        roots.add(certificate).map_err(|error| unusable(ca, &error))?;
    }
    if roots.is_empty() {
        return Err(unusable(ca, &"it has no certificate"));
    }
    Ok(roots)
}

fn unusable(ca: &Path, why: &dyn fmt::Display) -> EndpointError {
    EndpointError(format!("the authority '{}' cannot be used: {why}", ca.display()))
}

/// An address that is none, or an authority that cannot be used: which, and why.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{0}")]
pub struct EndpointError(String);

/// Why there is no connection: to where, and why.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The server cannot be reached.
    #[error("cannot connect to {0}: {1}")]
    Tcp(String, io::Error),
    /// The TLS handshake failed.
    #[error("cannot connect to {0}: the TLS handshake failed: {1}")]
    Tls(String, io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_has_a_scheme_a_host_and_a_port() {
        let endpoint = Endpoint::parse("http://[::1]:50051/", None).expect("good");
        assert_eq!((&*endpoint.host, endpoint.port), ("::1", 50051));
        assert_eq!(endpoint.to_string(), "http://[::1]:50051");
        let endpoint = Endpoint::parse("http://localhost:50051", None).expect("good");
        assert_eq!(endpoint.to_string(), "http://localhost:50051");
        for bare in ["localhost:50051", "127.0.0.1:50051", "[::1]:50051"] {
            let endpoint = Endpoint::parse(bare, None).expect("good");
            assert_eq!(endpoint.to_string(), format!("http://{bare}"));
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused_with_a_reason() {
        let refusals: Vec<_> =
            ["", "localhost", "http://localhost", "ftp://a:1", "http://a:1/b", "https://a:1"]
                .iter()
                .map(|bad| Endpoint::parse(bad, None).expect_err("no target").to_string())
                .collect();
        insta::assert_snapshot!(refusals.join("\n"));
        let refused =
            |uri, ca| Endpoint::parse(uri, Some(Path::new(ca))).expect_err("no target").to_string();
        assert!(refused("http://a:1", "ca.pem").contains("--ca"));
        assert!(refused("a:1", "ca.pem").contains("write https://"));
        assert!(refused("https://a:1", "/nowhere/ca.pem").contains("/nowhere/ca.pem"));
    }
}
