//! What a server can be told.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use mfn_access::{KeySettings, Limits, SharedLimits};

/// A server's configuration. The default is a server for this machine alone.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address to listen on. Default: 127.0.0.1. Any other than a loopback
    /// address needs keys, or [`Self::allow_anonymous`].
    pub host: IpAddr,
    /// Port to listen on; 0 picks a free one. Default: 50051.
    pub port: u16,
    /// Threads for what is not computed at once, and so calls of one key that are
    /// computed side by side. Default: 10.
    pub max_workers: NonZero<usize>,
    /// Calls that may wait for such a thread. Default: 1024.
    pub queue_depth: usize,
    /// Bytes that connections, computations and answers may hold together. Default: 384 MiB.
    pub memory_bytes: usize,
    /// Bytes of them that answers may take which are kept for others who ask the same.
    /// Default: 64 MiB.
    pub cache_bytes: usize,
    /// Longest message either way, in bytes. Default: 100 MiB.
    pub max_message_bytes: usize,
    /// Threads for the network. Default: one a core that this process may use.
    pub io_threads: NonZero<usize>,
    /// Open connections, of which no more are than half of the memory holds. Default:
    /// 10000.
    pub max_connections: usize,
    /// Open calls on one connection. Default: 1000.
    pub max_concurrent_streams: u32,
    /// Longest time for TLS and the beginning of HTTP/2. Default: 10 s.
    pub handshake_timeout: Duration,
    /// After so long a silence a connection is asked for a sign of life. Default:
    /// 60 s.
    pub keepalive_time: Duration,
    /// And closed if there is none for so long. Default: 20 s.
    pub keepalive_timeout: Duration,
    /// After about this age a connection is asked to make way for a new one.
    /// Default: never.
    pub max_connection_age: Option<Duration>,
    /// What calls in flight are given when the server, or an old connection,
    /// ends. Default: 5 s.
    pub shutdown_grace: Duration,
    /// TLS, or plaintext. Default: plaintext.
    pub tls: Option<TlsFiles>,
    /// Who may ask what is served. Default: everyone.
    pub reflection: Reflection,
    /// What calls are signed with. Default: nothing; then they need no signature,
    /// and all of them are one caller's.
    pub keys: Vec<KeySettings>,
    /// Whether other machines may call without a key. Default: no.
    pub allow_anonymous: bool,
    /// How often that one caller may call. Each key has limits of its own.
    /// Default: 1000 calls a second, 100 at once.
    pub limits: Limits,
    /// Whether a signature serves one call only. Default: no.
    pub replay_protection: bool,
    /// Who counts the calls of each key for all servers. Default: nobody, and each server
    /// counts its own.
    pub shared_limits: Option<SharedLimitsConfig>,
    /// Where calls are recorded. Default: on standard error.
    pub audit_log: AuditLog,
    /// What is answered beside gRPC: nothing if this is none, which it is by default.
    #[cfg(feature = "web")]
    pub web: Option<WebSettings>,
    /// Where metrics and readiness are told. Default: nowhere, and nothing is counted.
    pub admin: Option<AdminListener>,
}

/// Who counts for all servers, and what holds while that cannot be asked.
#[derive(Clone, Debug)]
pub struct SharedLimitsConfig {
    /// What counts.
    pub store: Arc<dyn SharedLimits>,
    /// What holds while it does not answer. A signature that is to serve once is refused
    /// in either case.
    pub fallback: SharedLimitsFallback,
}

/// What holds while nobody counts for all servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharedLimitsFallback {
    /// The limits of each server by itself.
    Local,
    /// Calls that are limited are refused.
    Refuse,
}

/// How gRPC-Web, Connect and JSON are answered, over HTTP/1.1 and HTTP/2.
#[cfg(feature = "web")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSettings {
    /// Pages of which origins may call, beside the server's own.
    pub origins: mfn_web::Origins,
    /// Whether there is a page at `/`.
    pub has_page: bool,
}

/// Where those who operate the server are told of it, over HTTP/1.1 without TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdminListener {
    /// Address to listen on; port 0 picks a free one.
    pub address: SocketAddr,
    /// Whether the server is not to start if it cannot listen there. If not, it goes on
    /// without, with a warning.
    pub is_required: bool,
}

/// Where calls are recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditLog {
    /// Nowhere.
    Off,
    /// On standard error.
    Stderr,
    /// At the end of this file, which is made if it is not there.
    File(PathBuf),
}

/// Files in PEM, for TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate, and those up to its root.
    pub certificates: PathBuf,
    /// The certificate's private key.
    pub key: PathBuf,
    /// Certificates of which clients must have one to show. Default: clients
    /// show none.
    pub client_roots: Option<PathBuf>,
}

/// Who may ask what is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reflection {
    /// Everyone.
    Public,
    /// Those who have a key.
    Authenticated,
    /// Nobody.
    Off,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 50051,
            max_workers: NonZero::new(10).unwrap_or(NonZero::<usize>::MIN),
            queue_depth: 1024,
            memory_bytes: 384 * 1024 * 1024,
            cache_bytes: 64 * 1024 * 1024,
            max_message_bytes: 100 * 1024 * 1024,
            // It knows of a container's share of the machine.
            io_threads: available_parallelism().unwrap_or(NonZero::<usize>::MIN),
            max_connections: 10_000,
            max_concurrent_streams: 1000,
            handshake_timeout: Duration::from_secs(10),
            keepalive_time: Duration::from_mins(1),
            keepalive_timeout: Duration::from_secs(20),
            max_connection_age: None,
            shutdown_grace: Duration::from_secs(5),
            tls: None,
            reflection: Reflection::Public,
            keys: Vec::new(),
            allow_anonymous: false,
            limits: Limits::default(),
            replay_protection: false,
            shared_limits: None,
            audit_log: AuditLog::Stderr,
            #[cfg(feature = "web")]
            web: None,
            admin: None,
        }
    }
}

impl Config {
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }

    /// Whether anything is answered beside gRPC.
    #[cfg(feature = "web")]
    pub(crate) fn speaks_web(&self) -> bool {
        self.web.is_some()
    }

    /// Whether anything is answered beside gRPC.
    #[cfg(not(feature = "web"))]
    #[expect(clippy::unused_self, reason = "the same question as where it could be")]
    pub(crate) fn speaks_web(&self) -> bool {
        false
    }

    /// Whether anyone on the network could call.
    pub(crate) fn is_open(&self) -> bool {
        self.keys.is_empty() && !self.allow_anonymous && !self.host.is_loopback()
    }
}
