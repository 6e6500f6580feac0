//! What the conformance suite and its load tool know of the wire.
//!
//! It is compiled from `proto/mfn.proto`, which every implementation shares, and
//! from nothing of the reference.
//!
//! - [`endpoint`]: where a server is, whom it is trusted by, and a connection to it;
//! - [`frames`]: HTTP/2 frame by frame, for what no client does;
//! - [`messages`]: requests and answers, from JSON and to it;
//! - [`protos`]: the files that describe them;
//! - [`codes`]: the names of gRPC's status codes;
//! - [`start`]: how a server is started.
#![forbid(unsafe_code)]

pub mod codes;
pub mod endpoint;
pub mod frames;
pub mod messages;
pub mod protos;
pub mod start;

pub use codes::CODE_NAMES;
pub use endpoint::{ConnectError, Endpoint, EndpointError, Stream};
