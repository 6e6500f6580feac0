//! What the fuzz targets check: each module has one target's `check`, which panics
//! where what was read is not what it should be.
//!
//! Most inputs are not what is sent but a script of it ([`input`]), so that what a
//! fuzzer changes is a step, and not the checksum or the length of something.
#![forbid(unsafe_code)]

pub mod access;
mod admissions;
pub mod answers;
mod asked;
mod calls;
pub mod cases;
pub mod client;
pub mod computed;
pub mod connection;
#[cfg(test)]
mod corpora;
pub mod frames;
pub mod headers;
mod hostile_server;
mod hostile_store;
pub mod http1;
pub mod input;
pub mod key_file;
pub mod limits;
#[cfg(test)]
mod oracle_failures;
mod pieces;
mod recorded;
mod replies;
mod reports;
pub mod request;
pub mod requests;
pub mod seeds;
pub mod served;
pub mod settings;
mod signed;
pub mod store;
mod streams;
pub mod web;
