//! Who shares the server's workers and memory with others.

use std::net::SocketAddr;

use mfn_access::KeyId;

/// A key, or a connection where callers need no key. Workers and memory are
/// shared between tenants, however many calls each of them makes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Tenant {
    /// All callers with this key.
    Key(KeyId),
    /// All calls of one connection, by its peer. Without keys nothing else tells
    /// callers apart.
    Connection(Option<SocketAddr>),
}

impl Default for Tenant {
    fn default() -> Self {
        Self::Connection(None)
    }
}
