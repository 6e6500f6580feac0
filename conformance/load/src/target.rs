//! The server under load, and connections to it.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::client::{Connection, SendRequest};
use http::Uri;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// What a stream, and a connection, may have under way: as much as HTTP/2 allows,
/// so that no answer waits for this side.
const WINDOW_BYTES: u32 = (1 << 31) - 1;
/// What waits to be sent on a connection at most, in bytes.
const SEND_BUFFER_BYTES: usize = 1 << 20;

/// Where the server is.
#[derive(Clone, Debug)]
pub(super) struct Target {
    uri: Uri,
    host: String,
    port: u16,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

impl Target {
    /// The server at `text`: `http://host:port`, or `https://host:port` with the
    /// PEM file `ca` of the authority that it is trusted by.
    ///
    /// # Errors
    /// It is no such address, or the file cannot be used.
    pub(super) fn new(text: &str, ca: Option<&Path>) -> Result<Self, String> {
        let bad = |why: &str| format!("the target '{text}' {why}");
        let uri: Uri = text.parse().map_err(|_| bad("is no URL: write http://host:port"))?;
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(bad("has a path: write http://host:port"));
        }
        let host = uri.host().ok_or_else(|| bad("has no host: write http://host:port"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = uri.port_u16().ok_or_else(|| bad("has no port: write http://host:port"))?;
        let tls = match (uri.scheme_str(), ca) {
            (Some("http"), None) => None,
            (Some("http"), Some(_)) => {
                return Err(bad("has no TLS, so that --ca has no use: write https://host:port"));
            }
            (Some("https"), Some(ca)) => {
                let name = ServerName::try_from(host.clone());
                let name = name.map_err(|_| bad("has a host that no certificate can be for"))?;
                Some((trusting(ca)?, name))
            }
            (Some("https"), None) => {
                return Err(bad("has TLS: name the authority that it is trusted by with --ca"));
            }
            _ => return Err(bad("begins with neither http:// nor https://")),
        };
        Ok(Self { uri, host, port, tls })
    }

    /// Where calls of the method with this full name go.
    pub(super) fn uri(&self, full_name: &str) -> Result<Uri, http::Error> {
        let mut parts = self.uri.clone().into_parts();
        parts.path_and_query = Some(format!("/{full_name}").try_into()?);
        Ok(Uri::from_parts(parts)?)
    }

    /// A connection for `streams` calls at once, made within `limit`. It is driven
    /// by a task of the current runtime.
    ///
    /// # Errors
    /// The server cannot be reached, does not speak HTTP/2, or takes too long.
    pub(super) async fn connect(
        &self,
        streams: usize,
        limit: Duration,
    ) -> Result<SendRequest<Bytes>, ConnectError> {
        timeout(limit, self.handshake(streams)).await.unwrap_or(Err(ConnectError::Silence(limit)))
    }

    async fn handshake(&self, streams: usize) -> Result<SendRequest<Bytes>, ConnectError> {
        let tcp = TcpStream::connect((&*self.host, self.port)).await;
        let tcp = tcp.map_err(ConnectError::Tcp)?;
        tcp.set_nodelay(true).map_err(ConnectError::Tcp)?;
        let mut builder = h2::client::Builder::new();
        builder
            .enable_push(false)
            .initial_window_size(WINDOW_BYTES)
            .initial_connection_window_size(WINDOW_BYTES)
            .initial_max_send_streams(streams)
            .max_send_buffer_size(SEND_BUFFER_BYTES);
        match &self.tls {
            None => Ok(drive(builder.handshake(tcp).await.map_err(ConnectError::Http2)?)),
            Some((config, name)) => {
                let connector = TlsConnector::from(Arc::clone(config));
                let tls = connector.connect(name.clone(), tcp).await.map_err(ConnectError::Tls)?;
                Ok(drive(builder.handshake(tls).await.map_err(ConnectError::Http2)?))
            }
        }
    }
}

/// As it was given, without a slash at the end.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.uri.to_string().trim_end_matches('/'))
    }
}

/// The task ends when nobody holds the connection's other half any more. Its
/// errors reach the calls on it.
fn drive<T>(
    (requests, connection): (SendRequest<Bytes>, Connection<T, Bytes>),
) -> SendRequest<Bytes>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    tokio::spawn(async move { drop(connection.await) });
    requests
}

fn trusting(ca: &Path) -> Result<Arc<ClientConfig>, String> {
    let bad = |why: &dyn fmt::Display| format!("the authority '{}' {why}", ca.display());
    let cannot = |error: &dyn fmt::Display| bad(&format_args!("cannot be used: {error}"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca).map_err(|error| cannot(&error))? {
        let certificate = certificate.map_err(|error| cannot(&error))?;
        roots.add(certificate).map_err(|error| cannot(&error))?;
    }
    if roots.is_empty() {
        return Err(bad(&"has no certificate"));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| cannot(&error))?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum ConnectError {
    /// It cannot be reached.
    Tcp(io::Error),
    /// The TLS handshake failed.
    Tls(io::Error),
    /// The HTTP/2 handshake failed.
    Http2(h2::Error),
    /// Nothing came within this time.
    Silence(Duration),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(error) => write!(f, "it cannot be reached: {error}"),
            Self::Tls(error) => write!(f, "the TLS handshake failed: {error}"),
            Self::Http2(error) => write!(f, "the HTTP/2 handshake failed: {error}"),
            Self::Silence(limit) => write!(f, "there was no connection within {limit:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_has_a_scheme_a_host_and_a_port() {
        let target = Target::new("http://[::1]:50051/", None).expect("good");
        assert_eq!((&*target.host, target.port), ("::1", 50051));
        assert_eq!(target.to_string(), "http://[::1]:50051");
        let uri = target.uri("mfn.S/M").expect("a path");
        assert_eq!(uri.to_string(), "http://[::1]:50051/mfn.S/M");
    }

    #[test]
    fn what_is_no_target_is_refused_with_a_reason() {
        let refusals: Vec<_> =
            ["", "localhost:50051", "http://localhost", "ftp://a:1", "http://a:1/b", "https://a:1"]
                .iter()
                .map(|bad| Target::new(bad, None).expect_err("no target"))
                .collect();
        insta::assert_snapshot!(refusals.join("\n"));
        let with_ca = Target::new("http://a:1", Some(Path::new("ca.pem"))).expect_err("no TLS");
        assert!(with_ca.contains("--ca"), "{with_ca}");
        let missing = Target::new("https://a:1", Some(Path::new("/nowhere/ca.pem")));
        assert!(missing.expect_err("no file").contains("/nowhere/ca.pem"));
    }
}
