//! Calls of one kind, which are counted for as long as they last.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many calls of a kind are open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Open(Arc<AtomicUsize>);

/// One among those that are open, until it is dropped.
#[derive(Debug)]
pub(crate) struct Counted(Open);

impl Open {
    /// How many they are. Who asks sees whatever those did that are not among them any more.
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}

impl Counted {
    /// A further one of these, and how many others there are.
    pub(crate) fn among(open: &Open) -> (Self, usize) {
        let others = open.0.fetch_add(1, Ordering::Relaxed);
        (Self(open.clone()), others)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Self(Open(open)) = self;
        open.fetch_sub(1, Ordering::Release);
    }
}
