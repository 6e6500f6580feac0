//! The commands, one file each: check, call a crate, print or draw.

pub(crate) mod call;
pub(crate) mod completions;
mod connection;
pub(crate) mod features;
pub(crate) mod health;
pub(crate) mod man;
mod refusal;
pub(crate) mod serve;
pub(crate) mod sign;
pub(crate) mod simulate;
pub(crate) mod sweep;
pub(crate) mod validate;

use tokio::runtime::{Builder, Runtime};

use crate::failure::Failure;

/// A runtime of one thread, which is that of the caller.
fn runtime() -> Result<Runtime, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::work("cannot start the main thread", error))
}
