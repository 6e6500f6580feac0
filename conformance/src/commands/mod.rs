//! What the program does.

pub(crate) mod list;
pub(crate) mod run;
