//! Whether the process may open as many connections as it is told to.

/// Descriptors for other things: the listener, who waits for a place, event queues,
/// logs.
#[cfg(unix)]
const OTHERS: u64 = 128;

/// Warns if `max_connections` are more than the operating system allows. The
/// server holds up all the same, but refuses callers earlier than one expects.
#[cfg(unix)]
pub(crate) fn warn_if_few(max_connections: usize) {
    use rustix::process::{Resource, getrlimit};

    let needed = (max_connections as u64).saturating_add(OTHERS);
    if let Some(limit) = getrlimit(Resource::Nofile).current.filter(|limit| *limit < needed) {
        tracing::warn!(
            limit,
            needed,
            max_connections,
            "the limit of open files (ulimit -n) is below what the connections may need"
        );
    }
}

/// There is no such limit.
#[cfg(not(unix))]
pub(crate) fn warn_if_few(_max_connections: usize) {}
