//! The body of an answer that is made of another while that is sent.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::Body;

use super::answer_error::AnswerError;
use super::end::Ending;
use super::output::Output;
use super::output_error::OutputError;
use super::with_sources::with_sources;
use crate::status::GrpcStatus;

/// What is sent together with the end of an answer, if that is there.
const JOINED_BYTES: usize = 2 * 1024;

/// See the module.
#[derive(Debug)]
pub(crate) struct Translated<R> {
    inner: R,
    /// What has come of it before.
    early: VecDeque<Bytes>,
    /// How it ended, if that has come before.
    early_end: Option<HeaderMap>,
    output: Output,
    ending: Ending,
    last: Option<Bytes>,
    has_ended: bool,
    is_at_its_end: bool,
}

impl<R> Translated<R> {
    /// `inner`, whose messages are written as `output` does, and its end as `ending` does.
    pub(super) fn new(inner: R, output: Output, ending: Ending) -> Self {
        let (early, early_end, last, has_ended, is_at_its_end) = Default::default();
        Self { inner, early, early_end, output, ending, last, has_ended, is_at_its_end }
    }

    /// The same, of which these parts have come already, and perhaps the end.
    pub(super) fn after(self, early: VecDeque<Bytes>, early_end: Option<HeaderMap>) -> Self {
        let is_at_its_end = early.is_empty() && early_end.is_some();
        Self { early, early_end, is_at_its_end, ..self }
    }

    /// Whether the part that was sent last, or is to be sent first, is its end, which
    /// holds nothing of the inner body.
    pub(super) fn is_at_its_end(&self) -> bool {
        self.is_at_its_end
    }

    /// Whether nothing is left to send.
    pub(super) fn is_over(&self) -> bool {
        self.has_ended && self.last.is_none() && !self.output.has_more()
    }

    /// It ends with these `trailers`. Returns what cannot be told any more.
    fn end<E>(&mut self, trailers: &HeaderMap) -> Result<(), AnswerError<E>> {
        self.has_ended = true;
        let status = GrpcStatus::of(trailers)
            .unwrap_or_else(|| GrpcStatus::unknown("the answer ended without a status"));
        if !self.output.is_between() {
            return Err(AnswerError::BrokenOff);
        }
        self.last =
            self.ending.of_trailers(&status, trailers).map_err(|_| AnswerError::BrokenOff)?;
        Ok(())
    }
}

impl<R: Body<Data = Bytes> + Unpin> Translated<R> {
    /// The next part.
    pub(super) fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, AnswerError<R::Error>>>> {
        loop {
            match self.output.next() {
                Ok(Some(part)) => return Poll::Ready(Some(Ok(self.with_end(part, cx)))),
                Ok(None) => {}
                Err(error) => {
                    self.has_ended = true;
                    self.output.give_up();
                    if let Err(broken) = self.tell(&error) {
                        return Poll::Ready(Some(Err(broken)));
                    }
                }
            }
            if let Some(last) = self.last.take() {
                self.is_at_its_end = true;
                return Poll::Ready(Some(Ok(last)));
            }
            if self.has_ended {
                return Poll::Ready(None);
            }
            if let Some(part) = self.early.pop_front() {
                self.output.push(part);
                continue;
            }
            let ended = match self.early_end.take() {
                Some(trailers) => self.end(&trailers),
                None => match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
                    Some(Ok(frame)) => match frame.into_data() {
                        Ok(data) => {
                            self.output.push(data);
                            Ok(())
                        }
                        Err(frame) => self.end(&frame.into_trailers().unwrap_or_default()),
                    },
                    Some(Err(error)) => Err(AnswerError::Body(error)),
                    None => self.end(&HeaderMap::new()),
                },
            };
            if let Err(error) = ended {
                self.has_ended = true;
                return Poll::Ready(Some(Err(error)));
            }
        }
    }

    /// `part`, and the end behind it if that is there already: it takes no frame of its own
    /// then, and holds what `part` does until it is sent.
    fn with_end(&mut self, part: Bytes, cx: &mut Context<'_>) -> Bytes {
        let may_be_last = part.len() <= JOINED_BYTES
            && self.early.is_empty()
            && self.early_end.is_none()
            && !self.has_ended
            && !self.output.has_more();
        if !may_be_last || matches!(self.ending, Ending::Unary) {
            return part;
        }
        match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) => self.early.push_back(data),
                Err(frame) => self.early_end = Some(frame.into_trailers().unwrap_or_default()),
            },
            Poll::Ready(None) => self.early_end = Some(HeaderMap::new()),
            // It is asked once more, and says so again.
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        let Some(trailers) = self.early_end.take() else { return part };
        if self.end::<R::Error>(&trailers).is_err() {
            return part;
        }
        let Some(last) = self.last.take() else { return part };
        with_sources([&part[..], &last].concat(), vec![part])
    }

    /// An answer that cannot be written ends with a status that says so, if it still can.
    fn tell(&mut self, error: &OutputError) -> Result<(), AnswerError<R::Error>> {
        if !error.can_be_told {
            return Err(AnswerError::BrokenOff);
        }
        let last = self.ending.of_trailers(&error.status, &HeaderMap::new());
        self.last = last.map_err(|_| AnswerError::BrokenOff)?;
        Ok(())
    }
}
