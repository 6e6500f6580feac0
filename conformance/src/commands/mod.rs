//! What the program does.

pub(crate) mod list;
pub(crate) mod proto;
mod reports;
pub(crate) mod run;
pub(crate) mod sign;
