//! Serialised descriptor sets of the protos beside this crate. They are made by a build
//! script, so that what compiles them is no dependency of a test.
#![forbid(unsafe_code)]

/// A service, and what it is called with.
pub const SERVICE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/service.bin"));

/// A message with fields of all kinds.
pub const MESSAGES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/messages.bin"));
