//! Calls of one kind that stay open.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::counted::{Counted, Open};
use crate::error::Error;

/// The permits for them: so many of one connection, and so many of all.
#[derive(Debug)]
pub(super) struct Permits {
    what: &'static str,
    of_connection: usize,
    /// So many of each connection need no permit of those for all.
    always: usize,
    in_all: usize,
    free: Arc<Semaphore>,
}

/// The permit of an open call, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct FreeCallPermit {
    _of_connection: Counted,
    _of_all: Option<OwnedSemaphorePermit>,
}

impl Permits {
    pub(super) fn new(
        what: &'static str,
        of_connection: usize,
        always: usize,
        in_all: usize,
    ) -> Self {
        let free = Arc::new(Semaphore::new(in_all));
        Self { what, of_connection, always, in_all, free }
    }

    /// A permit for a call of a connection that has these `open`.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn acquire(&self, open: &Open) -> Result<FreeCallPermit, Error> {
        let full = |limit| Error::TooManyFreeCalls { what: self.what, limit };
        let (counted, others) = Counted::among(open);
        if others >= self.of_connection {
            return Err(full(self.of_connection));
        }
        let among_all = if others < self.always {
            None
        } else {
            let free = Arc::clone(&self.free).try_acquire_owned();
            Some(free.map_err(|_| full(self.in_all))?)
        };
        Ok(FreeCallPermit { _of_connection: counted, _of_all: among_all })
    }
}
