//! Where what is beside gRPC is plugged in: around all layers, so that they see one call
//! whatever it is written in.

#[cfg(feature = "web")]
mod plugged;
#[cfg(feature = "web")]
mod read_in_time;
#[cfg(not(feature = "web"))]
mod unplugged;

#[cfg(feature = "web")]
pub(crate) use plugged::{CallData, layer};
#[cfg(not(feature = "web"))]
pub(crate) use unplugged::{CallData, layer};
