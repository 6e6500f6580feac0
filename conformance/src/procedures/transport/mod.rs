//! `transport/...`: deadlines, cancellation, connections, TLS.

pub(super) mod cancellation;
pub(super) mod certificates;
pub(super) mod connections;
pub(super) mod deadlines;
pub(super) mod headers;
pub(super) mod http1;
pub(super) mod keepalive;
pub(super) mod malformed;
pub(super) mod protocols;
pub(super) mod queue;
pub(super) mod refused;
pub(super) mod resets;
pub(super) mod streams;
pub(super) mod tls;
