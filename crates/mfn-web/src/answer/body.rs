//! The body of an answer.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::answer_error::AnswerError;
use super::translated::Translated;

/// What is sent as the answer: that of the service behind, or what was made of it.
#[derive(Debug)]
pub struct WebBody<R>(Content<R>);

#[derive(Debug)]
enum Content<R> {
    AsItIs(R),
    /// All of it is here.
    Complete {
        parts: VecDeque<Bytes>,
        is_made_here: bool,
    },
    Translated(Box<Translated<R>>),
}

impl<R> WebBody<R> {
    pub(crate) fn as_it_is(body: R) -> Self {
        Self(Content::AsItIs(body))
    }

    /// All of these parts, which hold those that they were made of.
    pub(super) fn complete(parts: impl IntoIterator<Item = Bytes>) -> Self {
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        Self(Content::Complete { parts: parts.collect(), is_made_here: false })
    }

    /// `text`, which holds nothing.
    pub(crate) fn made_here(text: Bytes) -> Self {
        let parts = Some(text).filter(|text| !text.is_empty());
        Self(Content::Complete { parts: parts.into_iter().collect(), is_made_here: true })
    }

    pub(super) fn translated(body: Translated<R>) -> Self {
        Self(Content::Translated(Box::new(body)))
    }
}

impl<R: Body<Data = Bytes> + Unpin> WebBody<R> {
    /// Whether the part that was sent last, or is to be sent first, is made here: it
    /// holds nothing of the answer of the service behind, by which that could know that
    /// it is not read yet.
    pub fn is_made_here(&self) -> bool {
        match &self.0 {
            Content::AsItIs(_) => false,
            Content::Complete { is_made_here, .. } => *is_made_here,
            Content::Translated(body) => body.is_at_its_end(),
        }
    }
}

impl<R: Body<Data = Bytes> + Unpin> Body for WebBody<R> {
    type Data = Bytes;
    type Error = AnswerError<R::Error>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match &mut self.0 {
            Content::AsItIs(body) => Pin::new(body).poll_frame(cx).map_err(AnswerError::Body),
            Content::Complete { parts, .. } => {
                Poll::Ready(parts.pop_front().map(Frame::data).map(Ok))
            }
            Content::Translated(body) => {
                body.poll_data(cx).map(|data| data.map(|data| data.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Content::AsItIs(body) => body.is_end_stream(),
            Content::Complete { parts, .. } => parts.is_empty(),
            Content::Translated(body) => body.is_over(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Content::AsItIs(body) => body.size_hint(),
            Content::Complete { parts, .. } => {
                SizeHint::with_exact(parts.iter().map(|part| part.len() as u64).sum())
            }
            Content::Translated(_) => SizeHint::default(),
        }
    }
}
