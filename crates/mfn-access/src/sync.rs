//! What [`crate::concurrency`] counts and shares with. The model checker's
//! tests compile that file a second time, beside a module of this name that has
//! the checker's types.

pub(crate) use std::sync::Arc;
pub(crate) use std::sync::atomic::{AtomicU32, Ordering};
