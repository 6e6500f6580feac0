//! What the benches share, and what of them has tests.
#![forbid(unsafe_code)]

pub mod counts;
pub mod report;
