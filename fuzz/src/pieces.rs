//! A body that comes in pieces, all of which are there.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame};

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pieces {
    pub(crate) data: VecDeque<Bytes>,
    pub(crate) trailers: Option<HeaderMap>,
    /// Whether it breaks off behind them.
    pub(crate) breaks_off: bool,
}

/// That it breaks off.
#[derive(Debug)]
pub(crate) struct BrokenOff;

impl Pieces {
    /// Of `data`, in pieces of so many bytes.
    pub(crate) fn of(data: &[u8], piece_bytes: usize) -> Self {
        let data = data.chunks(piece_bytes).map(Bytes::copy_from_slice).collect();
        Self { data, ..Self::default() }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if let Some(data) = self.data.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        if self.breaks_off {
            return Poll::Ready(Some(Err(BrokenOff)));
        }
        Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))))
    }

    /// Otherwise its sender would have left before its end.
    fn is_end_stream(&self) -> bool {
        self.data.is_empty() && self.trailers.is_none() && !self.breaks_off
    }
}

/// All data of a body, in the pieces that they come in.
pub(crate) async fn read<B: Body<Data = Bytes>>(body: B) -> Result<Vec<Bytes>, B::Error> {
    let mut body = pin!(body);
    let mut pieces = Vec::new();
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        pieces.extend(frame?.into_data().ok());
    }
    Ok(pieces)
}
