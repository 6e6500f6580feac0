//! The body of a request, which is read to its end even if the call is over
//! before.
//!
//! A call may be answered before its message has come: refused by its head, or
//! cut off by its deadline. The caller may not have read the answer yet, and goes
//! on sending. If the body were dropped, the transport would reset the stream,
//! take what comes on it after that for errors of the peer, and at some number of
//! them end the connection, with all other calls on it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::http2::STREAM_WINDOW_BYTES;

/// Most bytes that are read of what nobody wants. Until a client has read the
/// answer, it can send no more than the window of its stream.
const MAX_UNWANTED_BYTES: usize = STREAM_WINDOW_BYTES as usize;
/// How long the end of an unwanted body is waited for. Most clients end the
/// stream as soon as they have read the answer, so this is for the longest way
/// there and back.
const MAX_UNWANTED_TIME: Duration = Duration::from_secs(10);

/// The unwanted bodies of one connection.
#[derive(Debug)]
pub(super) struct UnwantedBodies {
    permits: Arc<Semaphore>,
    draining: CancellationToken,
}

impl UnwantedBodies {
    /// Of a connection that may have `max_streams`, until it is `draining`.
    pub(super) fn new(max_streams: u32, draining: CancellationToken) -> Self {
        // They count among its streams, and leave half of these to calls.
        let most = max_streams.div_ceil(2) as usize;
        Self { permits: Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))), draining }
    }

    /// Reads the rest of `body` and throws it away.
    fn read(&self, body: Incoming) {
        let mut end = Box::pin(end_of(body));
        // Nearly always the rest is there already.
        if end.as_mut().now_or_never().is_some() {
            return;
        }
        // Without a permit, or without a runtime, the stream is reset.
        let (Ok(permit), Ok(runtime)) =
            (Arc::clone(&self.permits).try_acquire_owned(), Handle::try_current())
        else {
            return;
        };
        let draining = self.draining.clone();
        runtime.spawn(async move {
            let _permit: OwnedSemaphorePermit = permit;
            let end = timeout(MAX_UNWANTED_TIME, end);
            draining.run_until_cancelled(end).await;
        });
    }
}

/// Reads `body` to its end, unless it goes on beyond all bounds.
async fn end_of(mut body: Incoming) {
    let mut left = MAX_UNWANTED_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        let Some(still_left) = left.checked_sub(bytes) else { return };
        left = still_left;
    }
}

/// What a client sends after the head of its call.
#[derive(Debug)]
pub(crate) struct RequestBody {
    /// None only while it is dropped.
    incoming: Option<Incoming>,
    unwanted: Arc<UnwantedBodies>,
}

impl RequestBody {
    /// `incoming`, whose rest goes to `unwanted` when this is dropped.
    pub(super) fn new(incoming: Incoming, unwanted: Arc<UnwantedBodies>) -> Self {
        Self { incoming: Some(incoming), unwanted }
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if let Some(incoming) = self.incoming.take()
            && !incoming.is_end_stream()
        {
            self.unwanted.read(incoming);
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.incoming {
            Some(incoming) => Pin::new(incoming).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or_else(SizeHint::default, Incoming::size_hint)
    }
}
