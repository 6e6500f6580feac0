//! What the program does.

pub(crate) mod list;
pub(crate) mod mutants;
pub(crate) mod run;
