//! How long messages may be.

use crate::fault::Fault;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Most bytes of any message, as it is written.
    pub(crate) message_bytes: usize,
    /// Most bytes that are kept of one that has to be received as a whole.
    pub(crate) whole_bytes: usize,
}

impl Limits {
    /// Checks a message of so many bytes.
    ///
    /// # Errors
    /// It is too long, however it is written.
    pub(crate) fn check_message(self, bytes: usize) -> Result<(), Fault> {
        if bytes > self.message_bytes {
            return Err(Fault::TooLarge { limit: self.message_bytes });
        }
        Ok(())
    }
}
