//! What is measured of a server from outside: for the soak, and for the attacks in
//! `tests/attacks`.
//!
//! - [`server`]: a server that is started, told to read its files again, and ended;
//! - [`keys`]: a file that it reads;
//! - [`metrics`], [`audit`], [`process`]: what it tells of its calls, and what the system
//!   tells of it;
//! - [`message`], [`signature`]: what a call sends;
//! - [`memory_bound`]: how much memory it may have;
//! - [`table`]: figures in columns;
//! - [`stop`]: an end before the end.
#![forbid(unsafe_code)]

pub mod audit;
pub mod keys;
pub mod memory_bound;
pub mod message;
pub mod metrics;
pub mod process;
pub mod server;
pub mod signature;
pub mod stop;
pub mod table;

use std::io;

use thiserror::Error;

/// Why something could not be measured.
#[derive(Debug, Error)]
pub enum Failure {
    /// A file cannot be written or read.
    #[error("{0}")]
    File(#[from] io::Error),
    /// The server does not do what it is here for.
    #[error("the server {0}")]
    Server(String),
    /// It does not tell its metrics.
    #[error("/metrics {0}")]
    Metrics(String),
    /// Somebody ended it.
    #[error("it was ended by a signal")]
    Stopped,
}
