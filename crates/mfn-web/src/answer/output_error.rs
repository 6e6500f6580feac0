//! Why the rest of an answer cannot be written.

use crate::status::GrpcStatus;

/// See the module.
#[derive(Debug)]
pub(super) struct OutputError {
    pub(super) status: GrpcStatus,
    /// Whether no message has begun that is not complete.
    pub(super) can_be_told: bool,
}
