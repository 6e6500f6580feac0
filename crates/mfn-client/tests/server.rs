//! The client against a server of MFN, started in this process.

use std::future::pending;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use mfn_access::{KeySettings, Limits, Secret};
use mfn_client::{
    BuildError, Client, ClientBuilder, Code, FeatureRequest, FeatureStreamRequest, Retry,
    SimulationRequest, SimulationStreamRequest, Tls, ValidationRequest, Violation,
};
use mfn_server::{AuditLog, Config, Server, TlsFiles};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const KEY: &str = "a-secret-key";

fn config() -> Config {
    Config { port: 0, audit_log: AuditLog::Off, ..Config::default() }
}

fn keys(limits: Limits) -> Vec<KeySettings> {
    vec![KeySettings::bare(Secret::new(KEY).expect("a key"), limits)]
}

/// Starts a server that ends with the test.
fn start(config: Config) -> SocketAddr {
    let server = Server::bind(config).expect("a server");
    let address = server.local_addr().expect("an address");
    tokio::spawn(server.serve(pending()));
    address
}

/// A server that is ended when the sender is used, and whose end can be waited for.
fn start_to_end(config: Config) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let server = Server::bind(config).expect("a server");
    let address = server.local_addr().expect("an address");
    let (end, ended) = oneshot::channel();
    let task = tokio::spawn(async move {
        server.serve(async { drop(ended.await) }).await.expect("it serves");
    });
    (address, end, task)
}

/// For a machine that is busy with other tests.
fn client(address: SocketAddr) -> ClientBuilder {
    Client::builder(address.to_string()).timeout(Duration::from_mins(2))
}

fn small() -> SimulationRequest {
    SimulationRequest { grid_size: 8, steps: 2, ..SimulationRequest::default() }
}

#[tokio::test]
async fn the_five_calls_are_answered() {
    let client = client(start(config())).build().expect("a client");
    let request = SimulationRequest { seed: 42, ..SimulationRequest::default() };
    let result = client.run_simulation(request).await.expect("an answer");
    assert_eq!(result.growth_events, 12);

    let request = SimulationStreamRequest { seed: 42, ..SimulationStreamRequest::default() };
    let frames: Vec<_> = client.stream_simulation(request).try_collect().await.expect("frames");
    assert_eq!(
        frames.iter().map(|frame| frame.step).collect::<Vec<_>>(),
        [10, 20, 30, 40, 50, 60, 64]
    );
    assert_eq!(frames[6].pot_mean_m_v.to_bits(), result.pot_mean_m_v.to_bits());

    let request = FeatureRequest { seed: 42, ..FeatureRequest::default() };
    let features = client.extract_features(request).await.expect("an answer");
    let request = FeatureStreamRequest { seed: 42, ..FeatureStreamRequest::default() };
    let frames: Vec<_> = client.stream_features(request).try_collect().await.expect("frames");
    assert_eq!(frames[6].active_nodes, features.active_nodes);
    assert!(frames[6].is_final);

    let request = ValidationRequest { grid_size: 8, steps: 2, ..ValidationRequest::default() };
    let result = client.validate_pattern(request).await.expect("an answer");
    assert!(result.nernst_symbolic_m_v < 0.0);
}

#[tokio::test]
async fn the_largest_field_comes_whole() {
    let client = client(start(config())).build().expect("a client");
    let request = SimulationRequest {
        grid_size: 1024,
        steps: 1,
        include_field: true,
        ..SimulationRequest::default()
    };
    let field = client.run_simulation(request).await.expect("an answer").field.expect("a field");
    assert_eq!(field.values_m_v.len(), 1024 * 1024);
}

#[tokio::test]
async fn every_bad_parameter_is_told() {
    let client = client(start(config())).build().expect("a client");
    let request = SimulationRequest {
        request_id: "my-call".to_owned(),
        grid_size: 3,
        alpha: 7.0,
        ..SimulationRequest::default()
    };
    let error = client.run_simulation(request).await.expect_err("out of range");
    assert_eq!((error.code(), error.attempts()), (Code::InvalidArgument, 1));
    assert_eq!(error.reason(), Some("PARAMETER_OUT_OF_RANGE"));
    assert_eq!(error.request_id(), Some("my-call"));
    let fields = error.violations().iter().map(|Violation { field, .. }| field.as_str());
    assert_eq!(fields.collect::<Vec<_>>(), ["grid_size", "alpha"]);
    insta::assert_snapshot!(error);
}

#[tokio::test]
async fn a_call_is_signed_and_a_wrong_key_is_told() {
    let server =
        start(Config { keys: keys(Limits::default()), replay_protection: true, ..config() });
    let signed = client(server).api_key(KEY).build().expect("a client");
    for _ in 0..3 {
        signed.run_simulation(small()).await.expect("an answer");
    }
    let wrong = client(server).api_key("another-key").build().expect("a client");
    let error = wrong.run_simulation(small()).await.expect_err("a wrong key");
    assert_eq!(
        (error.code(), error.reason()),
        (Code::Unauthenticated, Some("CREDENTIALS_INVALID"))
    );
    let unsigned = client(server).build().expect("a client");
    let error = unsigned.run_simulation(small()).await.expect_err("no key");
    assert_eq!(
        (error.code(), error.reason()),
        (Code::Unauthenticated, Some("CREDENTIALS_MISSING"))
    );
}

#[tokio::test]
async fn a_limit_is_waited_for() {
    let limits = Limits { rps: 1, ..Limits::default() };
    let server = start(Config { keys: keys(limits), ..config() });
    let patient = client(server).api_key(KEY).build().expect("a client");
    patient.run_simulation(small()).await.expect("an answer");
    patient.run_simulation(small()).await.expect("an answer, after a second");

    let hasty = client(server).api_key(KEY).retry(Retry::never()).build().expect("a client");
    // However long each of them takes, they come together.
    let calls = tokio::join!(hasty.run_simulation(small()), hasty.run_simulation(small()));
    let error = calls.0.and(calls.1).expect_err("a limit");
    assert_eq!((error.code(), error.reason()), (Code::ResourceExhausted, Some("RATE_LIMIT_RPS")));
    assert!(error.retry_after().is_some());
}

#[tokio::test]
async fn a_restart_of_the_server_is_healed() {
    let (address, end, ended) = start_to_end(config());
    let retry = Retry { max_retries: 1000, backoff: Duration::from_millis(10) };
    let client = client(address).retry(retry).build().expect("a client");
    client.run_simulation(small()).await.expect("an answer");
    end.send(()).expect("it serves");
    ended.await.expect("it does not panic");

    let call = tokio::spawn({
        let client = client.clone();
        async move { client.run_simulation(small()).await }
    });
    // The call has begun before there is a server again.
    tokio::time::sleep(Duration::from_millis(50)).await;
    start(Config { port: address.port(), ..config() });
    call.await.expect("it does not panic").expect("an answer");
}

/// Certificates and keys of one test.
struct Files(PathBuf);

impl Files {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        let mut params = CertificateParams::new(vec![]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let authority = CertifiedIssuer::self_signed(params, key).expect("a certificate");
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["server.example".to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &authority).expect("a certificate");
        let write =
            |name, text| std::fs::write(folder.join(name), text).expect("it can be written");
        write("ca.pem", authority.pem());
        write("own.pem", certificate.pem());
        write("own.key", key.serialize_pem());
        Self(folder)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).expect("it can be read")
    }

    fn config(&self) -> Config {
        let tls = TlsFiles {
            certificates: self.0.join("own.pem"),
            key: self.0.join("own.key"),
            client_roots: Some(self.0.join("ca.pem")),
        };
        Config { tls: Some(tls), ..config() }
    }
}

#[tokio::test]
async fn tls_is_spoken_with_an_own_authority_a_name_and_a_certificate() {
    let files = Files::new("tls");
    let server = start(files.config());
    let trusting = Tls::new().ca_pem(files.read("ca.pem"));
    let named = trusting.clone().server_name("server.example");
    let shown = named.clone().client_certificate_pem(files.read("own.pem"), files.read("own.key"));

    let whole = client(server).tls(shown).build().expect("a client");
    whole.run_simulation(small()).await.expect("an answer");

    // Not trusted, not by that name, and without a certificate to show.
    for tls in [Tls::new().server_name("server.example"), trusting, named] {
        let Ok(client) = client(server).tls(tls).retry(Retry::never()).build() else {
            // A machine without any roots.
            continue;
        };
        let error = client.run_simulation(small()).await.expect_err("no TLS");
        assert_eq!(error.code(), Code::Unavailable, "{error}");
    }
}

#[tokio::test]
async fn what_makes_no_client_is_told() {
    let said = |builder: ClientBuilder| builder.build().expect_err("no client").to_string();
    let told = [
        said(Client::builder("localhost")),
        said(Client::builder("ftp://localhost:1")),
        said(Client::builder("http://localhost:1/path")),
        said(Client::builder("http://user:password@localhost:1")),
        said(Client::builder("http://localhost:1").tls(Tls::new())),
        said(Client::builder("localhost:1").tls(Tls::new().ca_pem("nothing"))),
        said(Client::builder("localhost:1").api_key("a secret")),
        said(Client::builder("localhost:1").timeout(Duration::ZERO)),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_client_needs_a_runtime() {
    let refused = Client::builder("localhost:1").build().expect_err("no runtime");
    assert!(matches!(refused, BuildError::NoRuntime), "{refused}");
}

#[tokio::test]
async fn no_key_is_printed() {
    let builder = client(start(config())).api_key(KEY).tls(Tls::new().ca_pem("key of the test"));
    let printed = format!("{builder:?}");
    assert!(!printed.contains(KEY) && !printed.contains("key of the test"), "{printed}");
    let client = client(start(config())).api_key(KEY).build().expect("a client");
    let printed = format!("{client:?}");
    assert!(!printed.contains(KEY), "{printed}");
}
