//! The commands, one file each: check, call a crate, print or draw.

pub(crate) mod call;
pub(crate) mod completions;
pub(crate) mod features;
pub(crate) mod health;
pub(crate) mod man;
pub(crate) mod serve;
pub(crate) mod sign;
pub(crate) mod simulate;
pub(crate) mod validate;
