//! What the conformance suite and its load tool know of the wire.
//!
//! It is compiled from `proto/mfn.proto`, which every implementation shares, and
//! from nothing of the reference.
//!
//! - [`messages`]: requests and answers, from JSON and to it;
//! - [`codes`]: the names of gRPC's status codes.
#![forbid(unsafe_code)]

pub mod codes;
pub mod messages;

pub use codes::CODE_NAMES;
