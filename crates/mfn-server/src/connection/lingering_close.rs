//! Takes what a client has sent before its connection is closed.
//!
//! If the system closes a connection of which something is unread, it resets it, and the
//! client may lose the last answer before it has read it. So what the client still sends is
//! read and thrown away, within bounds of bytes and of time (RFC 9112, 9.6).

use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::time::timeout;

/// Most bytes that are thrown away, as of a body that nobody wants.
const MAX_BYTES: usize = 1024 * 1024;
/// The same of what has come already from a peer that speaks something else.
const MAX_BYTES_AT_ONCE: usize = 64 * 1024;
/// How long the client is waited for. It has been told that this is the end, so this is
/// for the longest way there and back.
pub(super) const MAX_TIME: Duration = Duration::from_secs(5);
/// Most bytes that are read at once.
const READ_BYTES: usize = 1024;

/// Waits until the client closes `io`, which is closed in the other direction already.
pub(super) async fn closed_by_client(io: impl AsyncRead + Unpin) {
    timeout(MAX_TIME, end_of(io, MAX_BYTES)).await.ok();
}

/// Takes what has come already on `io`, and waits for nothing.
pub(super) fn take_at_once(io: impl AsyncRead + Unpin) {
    end_of(io, MAX_BYTES_AT_ONCE).now_or_never();
}

async fn end_of(mut io: impl AsyncRead + Unpin, max_bytes: usize) {
    let mut bytes = [0; READ_BYTES];
    for _ in 0..max_bytes / READ_BYTES {
        match io.read(&mut bytes).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return,
        }
    }
}
