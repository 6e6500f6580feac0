//! The SDK of MFN for Rust.
//!
//! A [`Client`] makes the five calls. It signs every attempt, tries again what is worth
//! it within one deadline, and spreads calls over several servers:
//!
//! ```
//! use mfn_client::{Client, SimulationRequest, SimulationStreamRequest};
//! use futures_util::TryStreamExt as _;
//!
//! # async fn example(endpoint: String) -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder(endpoint).api_key("a-key").build()?;
//!
//! let request = SimulationRequest { seed: 42, ..SimulationRequest::default() };
//! let result = client.run_simulation(request).await?;
//! assert_eq!(result.growth_events, 12);
//!
//! let request = SimulationStreamRequest { seed: 42, ..SimulationStreamRequest::default() };
//! let mut frames = client.stream_simulation(request);
//! while let Some(frame) = frames.try_next().await? {
//!     println!("step {}: {} mV on average", frame.step, frame.pot_mean_m_v);
//! }
//! # Ok(())
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #     let runtime = tokio::runtime::Runtime::new()?;
//! #     runtime.block_on(async {
//! #         let key = mfn_access::KeySettings::bare(mfn_access::Secret::new("a-key")?, Default::default());
//! #         let server = mfn_server::Server::bind(mfn_server::Config {
//! #             port: 0,
//! #             keys: vec![key],
//! #             audit_log: mfn_server::AuditLog::Off,
//! #             ..Default::default()
//! #         })?;
//! #         let endpoint = format!("http://{}", server.local_addr()?);
//! #         tokio::select! {
//! #             ended = server.serve(std::future::pending()) => Ok(ended?),
//! #             done = example(endpoint) => done,
//! #         }
//! #     })
//! # }
//! ```
//!
//! A field of a request that is left at its default has the default of the wire: a
//! `grid_size` of 0 is 64 cells. A field whose unit is in its name on the wire loses the
//! unit's capital here: `pot_mean_mV` is `pot_mean_m_v`.
//!
//! A call that fails gives an [`Error`] with the server's reason and details. A call
//! whose future or stream is dropped is cancelled, and the server stops its work.
#![forbid(unsafe_code)]

mod attempts;
mod build_error;
mod builder;
mod call;
mod client;
mod endpoints;
mod error;
mod frames;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod health;
mod metadata;
mod signing;
#[cfg(test)]
mod tests;
mod tls;
mod tls_failure;
mod transport;

pub use attempts::Retry;
pub use build_error::BuildError;
pub use builder::ClientBuilder;
pub use client::Client;
pub use error::{Error, Violation};
pub use frames::Frames;
pub use mfn_proto::{
    FeatureFrame, FeatureRequest, FeatureResponse, FeatureStreamRequest, PotentialField,
    ResponseMeta, SimulationFrame, SimulationRequest, SimulationResult, SimulationStreamRequest,
    ValidationRequest, ValidationResult,
};
pub use tls::Tls;
pub use tls_failure::TlsFailure;
pub use tonic::Code;
