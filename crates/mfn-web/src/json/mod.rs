//! Protobuf as JSON, and JSON as protobuf (protobuf.dev/programming-guides/json).

mod element;
mod map;
mod read;
mod value;
mod write;

pub(crate) use read::read;
pub(crate) use value::dynamic_value;
pub(crate) use write::{JsonWriter, Malformed};
