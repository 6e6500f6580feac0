//! The gRPC server of MFN.
//!
//! A call goes through the files in this order: `listener` accepts its
//! connection and deals it to one of the `io_threads`, `connection` makes
//! HTTP/2 of it (`tls`), `stack` lists the `layers` around every service, a
//! file of `services` answers it: `convert` checks the request, `cache` may know
//! the answer, else `compute` runs it away from the network unless its `cost` is small, and `convert` makes the
//! answer. Whatever goes wrong becomes a status in `error`. `server` puts all
//! of it together as `config` says, and `shutdown` ends it. What `metrics` count,
//! `admin` tells those who operate the server.
#![forbid(unsafe_code)]

mod access;
mod admin;
mod audit;
mod cache;
mod compute;
mod config;
mod connection;
mod convert;
mod cost;
mod counted;
mod demand;
mod descriptors;
mod encoded;
mod entrance;
mod error;
mod eviction;
mod free_calls;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod heads;
mod io_threads;
mod layers;
mod listener;
mod log_limit;
mod memory;
mod memory_bound;
mod message_timeout;
mod messages;
mod metrics;
mod origin;
mod panics;
mod permit;
mod prefix;
mod protocol_name;
mod reader;
mod readiness;
mod regular_file;
mod request_id;
mod server;
mod services;
mod shared_limits;
mod shutdown;
#[cfg(test)]
mod simulation;
mod stack;
mod tenant;
mod thread;
mod tls;
mod trace_context;
mod wall_clock;
mod web;

pub use audit::{rfc3339, write_json_line};
pub use cache::CacheCounts;
pub use config::{
    AdminListener, AuditLog, Config, Reflection, SharedLimitsConfig, SharedLimitsFallback, TlsFiles,
};
pub use convert::SPEC_VERSION;
pub use panics::log_panics;
pub use regular_file::{read_regular_file, warn_if_all_can_read};
pub use server::{BindError, Control, Server};
#[cfg(feature = "other-services")]
#[doc(hidden)]
pub use services::OtherService;
pub use tls::{TlsError, TlsFile};
#[cfg(feature = "web")]
pub use {
    config::WebSettings,
    mfn_web::{InvalidOrigin, Origins},
};
