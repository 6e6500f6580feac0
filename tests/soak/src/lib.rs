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
use tokio::task::JoinError;

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
    /// Fewer files may be open than are needed.
    #[error("{needed} open files are needed and {allowed} are allowed: see `ulimit -Hn`")]
    Descriptors {
        /// For connections, mostly.
        needed: u64,
        /// By the machine.
        allowed: u64,
    },
    /// A part of the measuring program has panicked, so that it has not measured.
    #[error("a task of this program has failed: {0}")]
    Task(#[from] JoinError),
    /// A certificate cannot be used or read.
    #[error("the certificate {0}")]
    Certificate(String),
    /// Somebody ended it.
    #[error("it was ended by a signal")]
    Stopped,
}
