//! What `mfn serve` can be told, each by a flag or by a variable.

use std::net::IpAddr;
use std::num::NonZero;
use std::time::Duration;

use clap::Args;
use clap::builder::ArgPredicate;
use mfn_access::{KeySettings, Limits};
use mfn_server::{AuditLog, Config, Reflection};

use super::admin::AdminFlags;
use super::keys::KeyFlags;
use super::shared_limits::SharedLimitsFlags;
use super::tls_files::TlsFileFlags;
use super::values::{audit_log, boolean, host, integer, log_filter, log_format, reflection};
use crate::failure::Failure;
use crate::log_format::LogFormat;
use crate::settings::Settings;

/// Where a server with keys listens, if it is not told where: everywhere.
const EVERYWHERE: &str = "0.0.0.0";
const MIB: u64 = 1024 * 1024;
const HOUR_MS: u64 = 60 * 60 * 1000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// The settings of a server.
#[derive(Debug, Args)]
pub(super) struct Flags {
    /// IP address to listen on [default: 127.0.0.1; 0.0.0.0 if there are keys]
    #[arg(long, env = "MFN_GRPC_HOST", hide_env_values = true, value_name = "ADDRESS")]
    #[arg(default_value_t = Config::default().host, value_parser = host)]
    #[arg(hide_default_value = true, default_value_ifs = [
        ("list", ArgPredicate::IsPresent, EVERYWHERE),
        ("one", ArgPredicate::IsPresent, EVERYWHERE),
        ("file", ArgPredicate::IsPresent, EVERYWHERE),
    ])]
    pub(super) host: IpAddr,

    /// Port to listen on; 0 picks a free one
    #[arg(long, env = "MFN_GRPC_PORT", hide_env_values = true, value_name = "PORT")]
    #[arg(default_value = "50051", value_parser = integer::<0, 65_535>)]
    port: u64,

    /// Threads for computations that are not small
    #[arg(long, env = "MFN_GRPC_MAX_WORKERS", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "10", value_parser = integer::<1, 1024>)]
    max_workers: u64,

    /// Calls that may wait for such a thread
    #[arg(long, env = "MFN_GRPC_QUEUE_DEPTH", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "1024", value_parser = integer::<0, 1_000_000>)]
    queue_depth: u64,

    /// Memory for connections, computations and answers until they are sent, in MiB
    #[arg(long, env = "MFN_GRPC_MEMORY_MB", hide_env_values = true, value_name = "MIB")]
    #[arg(default_value = "384", value_parser = integer::<64, 1_048_576>)]
    memory_mb: u64,

    /// Part of that memory for answers that are kept for calls that ask the same, in MiB;
    /// 0 keeps none
    #[arg(long, env = "MFN_GRPC_CACHE_MB", hide_env_values = true, value_name = "MIB")]
    #[arg(default_value = "64", value_parser = integer::<0, 1_048_576>)]
    cache_mb: u64,

    /// Longest message either way, in MiB
    #[arg(long, env = "MFN_GRPC_MAX_MESSAGE_SIZE", hide_env_values = true, value_name = "MIB")]
    #[arg(default_value = "100", value_parser = integer::<1, 2047>)]
    max_message_size: u64,

    /// Threads for the network [default: one a core]
    #[arg(long, env = "MFN_GRPC_IO_THREADS", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value_t = Config::default().io_threads.get() as u64)]
    #[arg(hide_default_value = true, value_parser = integer::<1, 1024>)]
    io_threads: u64,

    /// Open connections, in at most half of the memory; for a further one, one without
    /// an admitted call is closed
    #[arg(long, env = "MFN_GRPC_MAX_CONNECTIONS", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "10000", value_parser = integer::<1, 1_000_000>)]
    max_connections: u64,

    /// Open calls on one connection
    #[arg(long, env = "MFN_GRPC_MAX_CONCURRENT_STREAMS", hide_env_values = true)]
    #[arg(value_name = "COUNT", default_value = "1000", value_parser = integer::<1, 100_000>)]
    max_concurrent_streams: u64,

    /// Longest time for TLS and the beginning of HTTP/2, in ms
    #[arg(long, env = "MFN_GRPC_HANDSHAKE_TIMEOUT_MS", hide_env_values = true, value_name = "MS")]
    #[arg(default_value = "10000", value_parser = integer::<1, HOUR_MS>)]
    handshake_timeout_ms: u64,

    /// Silence after which a connection is asked for a sign of life, in ms
    #[arg(long, env = "MFN_GRPC_KEEPALIVE_TIME_MS", hide_env_values = true, value_name = "MS")]
    #[arg(default_value = "60000", value_parser = integer::<1, DAY_MS>)]
    keepalive_time_ms: u64,

    /// Time for that sign, or the connection is closed, in ms
    #[arg(long, env = "MFN_GRPC_KEEPALIVE_TIMEOUT_MS", hide_env_values = true, value_name = "MS")]
    #[arg(default_value = "20000", value_parser = integer::<1, DAY_MS>)]
    keepalive_timeout_ms: u64,

    /// Age at which a connection is asked to make way for a new one, a tenth
    /// more or less, in ms; 0 is never
    #[arg(long, env = "MFN_GRPC_MAX_CONNECTION_AGE_MS", hide_env_values = true)]
    #[arg(value_name = "MS", default_value = "0", value_parser = integer::<0, { 365 * DAY_MS }>)]
    max_connection_age_ms: u64,

    /// Time between the signal to end and the shutdown, in which health tells of it
    /// and calls are taken, in ms
    #[arg(long, env = "MFN_GRPC_SHUTDOWN_DELAY_MS", hide_env_values = true, value_name = "MS")]
    #[arg(default_value = "0", value_parser = integer::<0, HOUR_MS>)]
    shutdown_delay_ms: u64,

    /// Time that calls in flight are given at the end, in ms
    #[arg(long, env = "MFN_GRPC_SHUTDOWN_GRACE_MS", hide_env_values = true, value_name = "MS")]
    #[arg(default_value = "5000", value_parser = integer::<0, HOUR_MS>)]
    shutdown_grace_ms: u64,

    #[command(flatten)]
    pub(super) tls: TlsFileFlags,

    #[command(flatten)]
    pub(super) keys: KeyFlags,

    /// Let other machines call without a key, if there are no keys
    #[arg(long, env = "MFN_GRPC_ALLOW_ANONYMOUS", hide_env_values = true, value_name = "BOOL")]
    #[arg(num_args = 0..=1, default_missing_value = "true")]
    #[arg(default_value = "false", value_parser = boolean, action = clap::ArgAction::Set)]
    allow_anonymous: bool,

    /// Calls of one key in any second; 0 is no limit
    #[arg(long, env = "MFN_GRPC_RATE_LIMIT_RPS", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "1000", value_parser = integer::<0, 1_000_000>)]
    rate_limit_rps: u64,

    /// Calls of one key at once; 0 is no limit
    #[arg(long, env = "MFN_GRPC_RATE_LIMIT_CONCURRENT", hide_env_values = true)]
    #[arg(value_name = "COUNT", default_value = "100", value_parser = integer::<0, 1_000_000>)]
    rate_limit_concurrent: u64,

    /// Seconds of a core that one call may be expected to take; 0 is no limit
    #[arg(long, env = "MFN_GRPC_MAX_COST", hide_env_values = true, value_name = "SECONDS")]
    #[arg(default_value = "0", value_parser = integer::<0, 1_000_000>)]
    max_cost: u64,

    /// Accept each signature once, not as often as its window lasts
    #[arg(long, env = "MFN_GRPC_REPLAY_PROTECTION", hide_env_values = true, value_name = "BOOL")]
    #[arg(num_args = 0..=1, default_missing_value = "true")]
    #[arg(default_value = "false", value_parser = boolean, action = clap::ArgAction::Set)]
    replay_protection: bool,

    #[command(flatten)]
    pub(super) shared_limits: SharedLimitsFlags,

    /// Record each call: stderr, off, or the file to append to
    #[arg(long, env = "MFN_GRPC_AUDIT_LOG", hide_env_values = true, value_name = "WHERE")]
    #[arg(default_value = "stderr", value_parser = audit_log)]
    pub(super) audit_log: AuditLog,

    /// Who may ask what is served: public, authenticated or off
    #[arg(long, env = "MFN_GRPC_REFLECTION", hide_env_values = true, value_name = "WHO")]
    #[arg(default_value = "public", value_parser = reflection)]
    reflection: Reflection,

    #[cfg(feature = "web")]
    #[command(flatten)]
    web: super::web::WebFlags,

    #[command(flatten)]
    pub(super) admin: AdminFlags,

    /// Log off, error, warn, info or debug, and libraries by name: info,h2=debug
    #[arg(long, env = "MFN_LOG", hide_env_values = true, value_name = "FILTER")]
    #[arg(default_value = "info", value_parser = log_filter)]
    pub(super) log: String,

    /// Write the log as text or json, errors included
    #[arg(long, env = "MFN_LOG_FORMAT", hide_env_values = true, value_name = "FORMAT")]
    #[arg(default_value = "text", value_parser = log_format)]
    pub(super) log_format: LogFormat,
}

impl Flags {
    /// The server's configuration.
    ///
    /// # Errors
    /// What is given does not go together.
    pub(super) fn config(&self, settings: &Settings) -> Result<Config, Failure> {
        let one_or_more =
            |count: u64| NonZero::new(count as usize).unwrap_or(NonZero::<usize>::MIN);
        let milliseconds = Duration::from_millis;
        let keys = self.read_keys()?;
        Ok(Config {
            host: self.host,
            port: self.port as u16,
            max_workers: one_or_more(self.max_workers),
            queue_depth: self.queue_depth as usize,
            memory_bytes: (self.memory_mb * MIB) as usize,
            cache_bytes: (self.cache_mb * MIB) as usize,
            max_message_bytes: (self.max_message_size * MIB) as usize,
            io_threads: one_or_more(self.io_threads),
            max_connections: self.max_connections as usize,
            max_concurrent_streams: self.max_concurrent_streams as u32,
            handshake_timeout: milliseconds(self.handshake_timeout_ms),
            keepalive_time: milliseconds(self.keepalive_time_ms),
            keepalive_timeout: milliseconds(self.keepalive_timeout_ms),
            max_connection_age: Some(milliseconds(self.max_connection_age_ms))
                .filter(|age| !age.is_zero()),
            shutdown_grace: milliseconds(self.shutdown_grace_ms),
            tls: self.tls.files(settings)?,
            reflection: self.reflection,
            #[cfg(feature = "web")]
            web: self.web.settings(self.host.is_loopback(), !keys.is_empty())?,
            keys,
            allow_anonymous: self.allow_anonymous,
            limits: self.limits(),
            replay_protection: self.replay_protection,
            // It starts a thread, so it waits until a server is to be started.
            shared_limits: None,
            audit_log: self.audit_log.clone(),
            admin: self.admin.listener(settings),
        })
    }

    /// The keys that there are now.
    ///
    /// # Errors
    /// One of them is none, or their file cannot be read.
    pub(super) fn read_keys(&self) -> Result<Vec<KeySettings>, Failure> {
        self.keys.read(self.limits())
    }

    /// How long after the signal the shutdown begins.
    pub(super) fn shutdown_delay(&self) -> Duration {
        Duration::from_millis(self.shutdown_delay_ms)
    }

    fn limits(&self) -> Limits {
        Limits {
            rps: self.rate_limit_rps as u32,
            concurrent: self.rate_limit_concurrent as u32,
            max_cost: self.max_cost as u32,
            ..Limits::default()
        }
    }
}
