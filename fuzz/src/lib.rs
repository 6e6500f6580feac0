//! What the fuzz targets check: each module has one target's `check`, which panics
//! where what was read is not what it should be.
//!
//! Most inputs are not what is sent but a script of it ([`input`]), so that what a
//! fuzzer changes is a step, and not the checksum or the length of something.
#![forbid(unsafe_code)]

pub mod access;
#[cfg(feature = "suite")]
pub mod answers;
#[cfg(feature = "suite")]
pub mod cases;
pub mod computed;
pub mod connection;
pub mod frames;
pub mod headers;
pub mod input;
pub mod key_file;
pub mod limits;
pub mod request;
#[cfg(feature = "suite")]
pub mod seeds;
