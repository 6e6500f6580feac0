//! Who may call MFN, and how often.
//!
//! A call presents three headers. [`authenticate()`] checks them against a
//! [`KeySet`] and gives the [`Key`] that signed; the key then says which
//! services it may call, and charges its own rate and its own places:
//!
//! ```
//! use mfn_access::{
//!     KeySet, KeySettings, Limits, Occurrence, Presented, Secret, Signer, Timestamp, authenticate,
//! };
//! use std::time::Duration;
//!
//! let secret = Secret::new("a-secret")?;
//! // The client signs the time and the method's path.
//! let method = "/mfn.MFNSimulationService/RunSimulation";
//! let signature = Signer::new(&secret).sign(b"1700000000.5", method).to_string();
//!
//! // The server has its keys, every value of each header, and its own time.
//! let keys = KeySet::new(vec![KeySettings::bare(secret, Limits::default())])?;
//! let presented = Presented {
//!     api_key: Occurrence::Once(b"a-secret"),
//!     timestamp: Occurrence::Once(b"1700000000.5"),
//!     signature: Occurrence::Once(signature.as_bytes()),
//! };
//! let now = Timestamp::from_unix(Duration::from_secs(1_700_000_001));
//! let key = authenticate(&keys, presented, method, now)?.key;
//!
//! let permit = key.acquire()?;
//! key.admit(Duration::ZERO)?;
//! assert_eq!(key.open_calls(), 1);
//! drop(permit);
//! assert_eq!(key.open_calls(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! There is no I/O here, no clock, no thread and nothing of a server: the time
//! is always an argument. What calls share is shared by the calls of one key
//! only. No type that holds a secret prints it, and no error repeats one.
#![forbid(unsafe_code)]

pub mod authenticate;
pub mod concurrency;
mod hex;
pub mod key_file;
pub mod keys;
pub mod rate;
pub mod replay;
mod secret;
pub mod shared;
pub mod signature;
mod sync;
#[cfg(test)]
mod tests;
pub mod timestamp;

pub use authenticate::{Authenticated, Header, Occurrence, Presented, Refusal, authenticate};
pub use concurrency::{ConcurrencyExceeded, ConcurrencyPermit};
pub use key_file::KeyFileError;
pub use keys::{Key, KeyId, KeySet, KeySetError, KeySettings, Limits, Secret, Service, Services};
pub use rate::RateExceeded;
pub use replay::NotOnce;
pub use shared::SharedLimits;
pub use signature::{Signature, Signer};
pub use timestamp::{MAX_SKEW, Skew, Timestamp};
