//! `settings/...`: what a server is told at its start.

pub(super) mod accepted;
pub(super) mod refused;
