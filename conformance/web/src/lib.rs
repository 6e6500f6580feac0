//! What the conformance suite knows of gRPC-Web and of Connect (`spec/web.md`).
//!
//! It is written from the protocols' own texts, and from nothing of the reference. A call
//! becomes an HTTP request here, and what comes of that becomes what gRPC would have:
//! messages in protobuf, and trailers with a status. So the suite judges all of it alike.
//!
//! - [`protocol`]: the protocols, and what each is known by;
//! - [`request`]: a call as an HTTP request;
//! - [`answer`]: what comes of it, as gRPC has it;
//! - [`exchange`]: one request over HTTP/1.1 or HTTP/2.
#![forbid(unsafe_code)]

pub mod answer;
mod connect;
pub mod exchange;
mod fault;
mod grpc_web;
mod json;
pub mod protocol;
pub mod request;

pub use answer::{AnswerReader, End};
pub use connect::error_code;
pub use exchange::{Exchange, ExchangeError};
pub use fault::Fault;
pub use protocol::{Http, Protocol};
