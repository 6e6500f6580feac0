//! Answers gRPC-Web and Connect, in protobuf and in JSON, by a service that speaks gRPC.
//!
//! [`WebLayer`] puts [`Web`] around such a service. A request goes through the files in
//! this order: `protocol` finds out what it speaks, and `malformed` whether others could
//! read its head otherwise; `cors` answers what browsers ask beforehand, and `guard` finds
//! out whether a browser may send it; `request` makes a gRPC request of it, and `answer`
//! makes of the service's answer what the caller understands. `json` goes between protobuf
//! and JSON, by the descriptors of the `methods`. What is gRPC already passes unchanged,
//! and what is no call at all may be asking for the `page`.
//!
//! The service behind it decides everything: who may call, how often and how long. It
//! sees each call once, whatever it was written in, and of what is refused here it is
//! told as well, so that it can record it.
#![forbid(unsafe_code)]

mod answer;
mod config;
mod cors;
mod fault;
mod guard;
mod json;
mod malformed;
mod methods;
mod origins;
mod page;
mod protocol;
mod request;
mod route;
mod service;
mod status;

pub use answer::{AnswerError, WebBody};
pub use config::{Config, InvalidDescriptors};
pub use fault::Fault;
pub use origins::{InvalidOrigin, Origins};
pub use page::Page;
pub use protocol::Protocol;
pub use request::{GrpcBody, RequestError};
pub use service::{TranslatedAnswer, Web, WebLayer};
