//! Protobuf as JSON, and JSON as protobuf (protobuf.dev/programming-guides/json).

mod condensed;
mod element;
mod map;
mod open;
mod read;
mod repeated;
mod value;
mod write;

pub(crate) use condensed::{Condensed, TooLong};
pub(crate) use read::read;
pub(crate) use value::dynamic_value;
pub(crate) use write::{JsonWriter, Malformed};

/// Messages with a form of their own in JSON are of this package.
const WELL_KNOWN: &str = "google.protobuf.";
