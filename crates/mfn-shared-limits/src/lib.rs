//! Limits that all replicas of a server share: a store that speaks Redis's protocol
//! counts the calls of each key, and each replica asks it once a call.
//!
//! ```no_run
//! use mfn_shared_limits::{Address, StoreLimits};
//!
//! let address = Address::parse("redis://127.0.0.1:6379")?;
//! let limits = StoreLimits::connect(address, None)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is counted is what `mfn-access` counts for one replica: admissions in a sliding
//! window of a second, open calls, used signatures. The store does it by itself in
//! one script (`scripts`), by its own clock, so that two replicas cannot come between each
//! other. A thread of its own asks (`sessions`, `session`), and sends together
//! what comes together. An open call is a lease (`leases`) that lapses unless it is renewed, so
//! the calls of a replica that has died are over by themselves. Calls wait for the store for a
//! bounded time (`in_flight`), and the server decides about those that have no answer by then.
#![forbid(unsafe_code)]

mod address;
mod allowance;
mod backoff;
mod command;
mod connection;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod in_flight;
mod leases;
mod messages;
mod names;
mod redis_connection;
mod redis_protocol;
mod scripts;
mod session;
mod sessions;
mod store;
#[cfg(test)]
mod tests;
mod tls;

use std::io;

pub use address::{Address, BadAddress};
pub use store::StoreLimits;

use redis_connection::RedisConnect;
use scripts::Scripts;

impl StoreLimits {
    /// Has the store at `address` count. It need not be there yet: the thread goes on trying.
    /// Over TLS, certificates of these `roots` (PEM) are trusted, or those that this machine
    /// trusts.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn connect(address: Address, roots: Option<&[u8]>) -> Result<Self, StartError> {
        let tls = address.has_tls().then(|| tls::trusting(roots));
        let tls = tls.transpose().map_err(StartError::Roots)?;
        Self::start(RedisConnect { address, tls, scripts: Scripts::by_the_clock() })
            .map_err(StartError::Thread)
    }
}

/// Why limits cannot be shared.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Nobody could be trusted.
    #[error("{0}")]
    Roots(String),
    /// The operating system gives no thread, or no event queue for it.
    #[error("the thread mfn-limits cannot be started: {0}")]
    Thread(io::Error),
}
