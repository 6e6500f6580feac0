//! `beside/...`: health and reflection.

pub(super) mod health;
pub(super) mod reflection;

pub(crate) use reflection::needs_reflection;
