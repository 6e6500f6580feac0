//! Signatures that a file of cases cannot write: they depend on the time.

pub(super) mod again;
pub(super) mod altered;
pub(super) mod secrecy;
pub(super) mod window;
