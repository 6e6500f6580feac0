//! The gRPC server of MFN.
//!
//! A call goes through the files in this order: `server` accepts it, `stack`
//! lists the `layers` around every service, a file of `services` answers it:
//! `convert` checks the request, `compute` runs it away from the network, and
//! `convert` makes the answer. Whatever goes wrong becomes a status in `error`.
#![forbid(unsafe_code)]

mod compute;
mod config;
mod convert;
mod cost;
mod error;
mod layers;
mod request_id;
mod server;
mod services;
mod stack;

pub use config::Config;
pub use server::Server;
