//! TLS.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Request};

use crate::by_hand::PREFACE;
use crate::caller::{SimulationClient, endless, endless_stream, small};
use crate::serving::Serving;
use crate::soon;

/// Certificates and keys, made for one test.
pub(crate) struct Files {
    pub(crate) folder: PathBuf,
    authority: CertifiedIssuer<'static, KeyPair>,
}

impl Files {
    /// In a folder of this name.
    pub(crate) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tls-{name}"));
        fs::create_dir_all(&folder).expect("a folder");
        let mut params = CertificateParams::new(vec![]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let authority = CertifiedIssuer::self_signed(params, key).expect("a certificate");
        let files = Self { folder, authority };
        files.write("ca.pem", files.authority.pem());
        let (certificate, key) = files.issue();
        files.write("server.pem", &certificate);
        files.write("server.key", &key);
        files
    }

    /// A certificate of the authority, and its key.
    fn issue(&self) -> (String, String) {
        let (certificate, key) = self.issue_with(|_| {});
        (certificate.pem(), key.serialize_pem())
    }

    /// The same, of what `change` makes of the usual one.
    pub(crate) fn issue_with(
        &self,
        change: impl FnOnce(&mut CertificateParams),
    ) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        change(&mut params);
        (params.signed_by(&key, &self.authority).expect("a certificate"), key)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.folder.join(name), bytes).expect("it can be written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).expect("it can be read")
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().expect("UTF-8").to_owned()
    }

    /// For a server with the certificate.
    pub(crate) fn flags(&self) -> Vec<&'static str> {
        let [certificate, key] = ["server.pem", "server.key"].map(|name| self.path(name).leak());
        vec!["--tls-enabled", "--tls-cert-path", certificate, "--tls-key-path", key]
    }

    /// And one that asks clients for theirs.
    pub(crate) fn flags_for_client_certificates(&self) -> Vec<&'static str> {
        [self.flags(), vec!["--tls-client-ca-path", self.path("ca.pem").leak()]].concat()
    }

    /// For a client that trusts the authority and no other, and shows no certificate.
    pub(crate) fn trusted(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.der().clone()).expect("a root");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions().expect("versions");
        Arc::new(config.with_root_certificates(roots).with_no_client_auth())
    }

    pub(crate) async fn connect(
        &self,
        server: &Serving,
        identity: Option<Identity>,
    ) -> Result<Channel, tonic::transport::Error> {
        self.connect_to(server.address, identity).await
    }

    pub(crate) async fn connect_to(
        &self,
        address: SocketAddr,
        identity: Option<Identity>,
    ) -> Result<Channel, tonic::transport::Error> {
        let mut tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(self.authority.pem()))
            .domain_name("localhost");
        if let Some(identity) = identity {
            tls = tls.identity(identity);
        }
        let endpoint = Endpoint::try_from(format!("https://{address}")).expect("a URI");
        endpoint.tls_config(tls)?.connect().await
    }
}

/// A connection on which TLS is spoken as `config` says, and nothing yet within it.
pub(crate) async fn connected(
    config: Arc<ClientConfig>,
    address: SocketAddr,
) -> TlsStream<TcpStream> {
    let stream = TcpStream::connect(address).await.expect("it listens");
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(config).connect(name, stream).await.expect("TLS")
}

// shows MFN-TRANS-008, MFN-TRANS-009, MFN-TRANS-033
#[tokio::test]
async fn calls_streams_and_deadlines_go_by_tls_as_without() {
    let files = Files::new("calls");
    let mut flags = files.flags();
    flags.extend(["--max-workers", "1"]);
    let server = Serving::start(&flags);
    assert!(server.line.ends_with("(TLS, no authentication)\n"), "{}", server.line);
    let mut client = SimulationClient::new(files.connect(&server, None).await.expect("TLS"));
    client.run_simulation(small()).await.expect("an answer");

    let stream = client.stream_simulation(endless_stream(false)).await;
    let mut frames = stream.expect("a stream").into_inner();
    soon("a frame", frames.message()).await.expect("no error").expect("a frame");
    drop(frames);
    server.is_idle().await;

    let mut request = Request::new(endless());
    request.set_timeout(std::time::Duration::from_millis(200));
    let status = client.run_simulation(request).await.expect_err("it takes minutes");
    // The client's own timer may come first, with a code of its own.
    assert!(matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled), "{status:?}");
    server.is_idle().await;
    client.run_simulation(small()).await.expect("an answer");
}

// shows MFN-TRANS-020
#[tokio::test]
async fn who_must_show_a_certificate_is_not_served_without() {
    let files = Files::new("clients");
    let server = Serving::start(&files.flags_for_client_certificates());
    assert!(server.line.contains("(TLS with client certificates, "), "{}", server.line);
    let identity = |(certificate, key): (String, String)| Identity::from_pem(certificate, key);

    let known = files.connect(&server, Some(identity(files.issue()))).await.expect("TLS");
    SimulationClient::new(known).run_simulation(small()).await.expect("an answer");

    let stranger = Files::new("strangers").issue();
    for identity in [None, Some(identity(stranger))] {
        // In TLS 1.3 a client learns of it by its first call.
        if let Ok(channel) = files.connect(&server, identity).await {
            let call = SimulationClient::new(channel).run_simulation(small()).await;
            assert!(call.is_err(), "{call:?}");
        }
    }
}

// shows MFN-TRANS-032, MFN-TRANS-033
#[tokio::test]
async fn plaintext_to_a_tls_port_ends_at_once_and_so_does_the_reverse() {
    const ALERT: u8 = 21;
    let files = Files::new("mixed");
    let tls = Serving::start(&files.flags());
    let mut peer = TcpStream::connect(tls.address).await.expect("it listens");
    peer.write_all(PREFACE).await.expect("it is sent");
    let mut answer = Vec::new();
    soon("the end", peer.read_to_end(&mut answer)).await.ok();
    assert_eq!(answer.first(), Some(&ALERT), "{answer:?}");
    assert!(files.connect(&tls, None).await.is_ok(), "it goes on");

    let plaintext = Serving::start(&[]);
    assert!(soon("the end", files.connect(&plaintext, None)).await.is_err());
}

// shows MFN-TRANS-032
#[tokio::test]
async fn who_has_agreed_on_http2_is_not_answered_in_http1() {
    let files = Files::new("agreed");
    let server = Serving::start(&files.flags());
    let answered = async |protocol: &[u8]| {
        let mut config = (*files.trusted()).clone();
        config.alpn_protocols = vec![protocol.to_vec()];
        let mut stream = connected(Arc::new(config), server.address).await;
        let request = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await.expect("it is sent");
        let mut answer = Vec::new();
        soon("the end", stream.read_to_end(&mut answer)).await.ok();
        answer
    };
    assert_eq!(answered(b"h2").await, b"");
    assert!(answered(b"http/1.1").await.starts_with(b"HTTP/1.1 "));
}

/// What a client sends in plaintext, on a connection of its own; its address.
async fn speak_plaintext(server: &Serving) -> String {
    let mut peer = TcpStream::connect(server.address).await.expect("it listens");
    peer.write_all(PREFACE).await.expect("it is sent");
    soon("the end", peer.read_to_end(&mut Vec::new())).await.ok();
    peer.local_addr().expect("an address").to_string()
}

#[tokio::test]
async fn a_handshake_that_fails_is_logged_with_who_and_why() {
    const FAILED: &str = "a TLS handshake failed";
    let files = Files::new("failing");
    let mut server = Serving::start(&files.flags());
    let peer = speak_plaintext(&server).await;
    server.logged(FAILED);
    let line = server.last_line();
    assert!(line.contains("INFO") && line.contains(&peer), "{line}");
    assert!(line.contains("reason=\"not_tls\" detail=\"the peer does not speak TLS\""), "{line}");

    let mut server = Serving::start(&files.flags());
    let distrusting = Files::new("distrusting");
    assert!(distrusting.connect(&server, None).await.is_err());
    server.logged(FAILED);
    let line = server.last_line();
    assert!(line.contains("reason=\"refused_by_client\" detail=\"received fatal alert"), "{line}");

    let mut server = Serving::start(&files.flags_for_client_certificates());
    if let Ok(channel) = files.connect(&server, None).await {
        SimulationClient::new(channel).run_simulation(small()).await.ok();
    }
    server.logged(FAILED);
    let line = server.last_line();
    assert!(line.contains("reason=\"no_client_certificate\" detail=\"peer sent no"), "{line}");

    let mut server = Serving::start(&[]);
    assert!(files.connect(&server, None).await.is_err());
    server.logged(FAILED);
    let line = server.last_line();
    assert!(line.contains("reason=\"plaintext_port\""), "{line}");
    assert!(line.contains("this port is plaintext"), "{line}");
}

#[tokio::test]
async fn who_leaves_in_a_handshake_has_failed_and_who_says_nothing_has_not() {
    let files = Files::new("probed");
    let mut server = Serving::start(&files.flags());
    for _ in 0..3 {
        // As a balancer looks whether a port is open.
        let mut probe = TcpStream::connect(server.address).await.expect("it listens");
        probe.shutdown().await.expect("it is open");
        soon("the end", probe.read_to_end(&mut Vec::new())).await.ok();
    }
    let mut leaves = TcpStream::connect(server.address).await.expect("it listens");
    let name = ServerName::try_from("localhost").expect("a name");
    let mut client = ClientConnection::new(files.trusted(), name).expect("a client");
    let mut hello = Vec::new();
    client.write_tls(&mut hello).expect("it is long enough");
    leaves.write_all(&hello).await.expect("it is sent");
    leaves.read_u8().await.expect("it answers");
    drop(leaves);
    server.logged("a TLS handshake failed");
    let line = server.last_line();
    assert!(line.contains("reason=\"closed\"") && !line.contains("left_out"), "{line}");
}

// shows MFN-CONF-009
#[tokio::test]
async fn handshakes_that_fail_by_the_hundred_are_counted_and_not_all_logged() {
    let files = Files::new("hundred");
    let mut server = Serving::start(&files.flags());
    for _ in 0..100 {
        speak_plaintext(&server).await;
    }
    let (mut lines, mut told) = (0, 0);
    while told < 100 {
        server.logged("a TLS handshake failed");
        let line = server.last_line();
        let left_out = line.split("left_out=").nth(1).map_or(0, |rest| {
            rest.split_whitespace().next().and_then(|count| count.parse().ok()).expect("a number")
        });
        told += left_out + u32::from(line.contains("peer="));
        lines += 1;
    }
    assert_eq!(told, 100);
    assert!(lines < 50, "{lines} lines");
}
