//! What one call cannot show: a procedure a subject, by the names in [`ALL`].

mod answers;
mod auth;
mod beside;
mod cache;
mod calls;
mod chance;
mod context;
mod draws;
mod frames;
mod in_time;
mod limits;
mod needs;
mod session;
mod settings;
mod sharing;
mod shutdown;
mod streams;
mod table;
mod transport;

pub(crate) use beside::needs_reflection;
pub(crate) use calls::small;
pub use context::Context;
pub use needs::Needs;
pub use table::{ALL, Procedure, named};
