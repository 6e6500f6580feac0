//! Whole calls, from the bytes of a request to those of its answer, through all of a
//! server in this process. They go over a loopback socket, since that is where the
//! server's own way of a call begins; what the kernel does is not counted.

use std::net::{SocketAddr, TcpStream};
use std::num::NonZero;
use std::thread;
use std::time::SystemTime;

use mfn_access::{KeySettings, Limits, Secret, Signer};
use mfn_server::{AdminListener, AuditLog, Config, Origins, Server, WebSettings};

use crate::call::{Call, METHOD, Protocol};
use crate::{http1, http2};

const KEY: &str = "key-of-the-bench";
/// Limits that are there, and far away.
const LIMITS: Limits = Limits { rps: 1_000_000, concurrent: 1000, max_cost: 0, worker_share: 0 };

/// What a call is answered from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// It is computed where the request is read.
    Computation,
    /// It is in the cache after the first call.
    Cache,
}

/// One call after the other of `RunSimulation`, 16 x 16 x 16.
pub(crate) fn call(with_key: bool, from: From) -> Box<dyn FnMut()> {
    counted_call(with_key, from, None)
}

/// The same with a key, of a server that counts calls for those who ask for metrics.
pub(crate) fn call_with_metrics(from: From) -> Box<dyn FnMut()> {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    counted_call(true, from, Some(AdminListener { address, is_required: true }))
}

/// The same without a key, computed, in this protocol over HTTP/2.
pub(crate) fn call_by(protocol: Protocol) -> Box<dyn FnMut()> {
    let stream = connect(config(From::Computation));
    let mut connection = http2::Connection::begin(stream, &Call::by(protocol));
    Box::new(move || connection.call())
}

/// The same over HTTP/1.1.
pub(crate) fn call_over_http1_by(protocol: Protocol) -> Box<dyn FnMut()> {
    let stream = connect(config(From::Computation));
    let mut connection = http1::Connection::begin(stream, &Call::by(protocol));
    Box::new(move || connection.call())
}

fn counted_call(with_key: bool, from: From, admin: Option<AdminListener>) -> Box<dyn FnMut()> {
    let mut call = Call::by(Protocol::Grpc);
    let mut config = Config { admin, ..config(from) };
    if with_key {
        let secret = Secret::new(KEY).expect("it is long enough");
        call.headers.extend(signed(&secret));
        config.keys.push(KeySettings::bare(secret, LIMITS));
    }
    let mut connection = http2::Connection::begin(connect(config), &call);
    Box::new(move || connection.call())
}

fn config(from: From) -> Config {
    let mut config = Config {
        port: 0,
        io_threads: NonZero::<usize>::MIN,
        audit_log: AuditLog::Off,
        admin: None,
        // As in the program.
        web: Some(WebSettings { origins: Origins::none(), has_page: true }),
        limits: Limits { rps: 0, concurrent: 0, ..LIMITS },
        ..Config::default()
    };
    if from == From::Computation {
        config.cache_bytes = 0;
    }
    config
}

/// A connection to a server with this configuration.
fn connect(config: Config) -> TcpStream {
    TcpStream::connect(serve(config)).expect("the server listens")
}

/// A server that listens at this address until the program ends.
fn serve(config: Config) -> SocketAddr {
    let server = Server::bind(config).expect("there is a port, and there are threads");
    let address = server.local_addr().expect("it has an address");
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(server.serve(std::future::pending()))
    });
    address
}

fn signed(secret: &Secret) -> Vec<(&'static str, String)> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is after 1970");
    let timestamp = now.as_secs().to_string();
    let signature = Signer::new(secret).sign(timestamp.as_bytes(), METHOD).to_string();
    vec![("x-api-key", KEY.to_owned()), ("x-timestamp", timestamp), ("x-signature", signature)]
}
