//! How fast a connection is driven.

use std::future::{Future, poll_fn};
use std::mem;
use std::pin::Pin;
use std::task::Poll;

use crate::audit::Audit;

/// Drives `connection`, and calls `begin` each time before it goes on; but not while the
/// audit is behind: what is not read is no call yet, and needs no line if its caller gives
/// up.
pub(super) async fn drive<C: Future>(
    audit: Option<&Audit>,
    mut connection: Pin<&mut C>,
    begin: impl Fn(),
) -> C::Output {
    loop {
        if let Some(audit) = audit {
            audit.caught_up().await;
        }
        let mut is_driven = false;
        let ended = poll_fn(|cx| {
            // Something has come. Before it is looked at, the audit is.
            if mem::replace(&mut is_driven, true) {
                return Poll::Ready(None);
            }
            begin();
            connection.as_mut().poll(cx).map(Some)
        });
        if let Some(ended) = ended.await {
            return ended;
        }
    }
}
