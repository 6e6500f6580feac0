//! The dependencies of this crate are its purpose: see its `Cargo.toml`.
#![forbid(unsafe_code)]
