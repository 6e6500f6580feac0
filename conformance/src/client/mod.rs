//! One call, frame by frame, so that it can also be malformed; and what comes of
//! it.

mod answer;
mod call;
mod connection;
mod details;
mod exchange;
mod prepare;
mod secrets;
mod sign;
mod web;

pub(crate) use answer::RATE_INTERVAL;
pub use answer::{Answer, Arrived, Status};
pub(crate) use call::admitted;
pub use connection::{CallError, Connection};
pub use details::Details;
pub use exchange::{Exchange, Outgoing};
pub use prepare::{Callable, prepare};
pub use secrets::Secrets;
pub use sign::{API_KEY, SIGNATURE, TIMESTAMP, headers as signed_headers, unix_now};
