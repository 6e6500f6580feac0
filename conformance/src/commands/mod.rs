//! What the program does.

pub(crate) mod list;
mod reports;
pub(crate) mod run;
