//! The body of every answer. Layers do not wrap it, but for that of deadlines, whose task
//! has to end it from without: each tells it what it has to do while it is sent.

use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response};
use http_body::{Body, Frame, SizeHint};
use tonic::Status;

use super::audit::entry::Entry;
use crate::audit::Observed;
use crate::permit::Permit;
use crate::reader::{Given, Reader};

/// What is shorter is copied before it is sent, if it may be a part of a larger
/// buffer, which it would hold until it is read.
const COPIED_BYTES: usize = 2 * 1024;

/// What a call is answered.
pub(crate) type Answer = Response<AnswerBody>;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct AnswerBody {
    content: Content,
    bound: Bound,
    /// Each part of the answer holds it as well, until the transport has written that
    /// part to the connection: while nobody reads what was computed, the call is not
    /// over.
    permit: Option<Permit>,
    observed: Option<Observed>,
    /// Of an answer that has to be read in time.
    reader: Option<Arc<Reader>>,
    /// The transport does not look at a body while there is no room for any of it. So
    /// the body itself is something to take: to its end, or, if it lasts, to its
    /// beginning.
    given: Option<Given>,
    entry: Option<Box<Entry>>,
}

/// What is left to send.
#[derive(Default)]
enum Content {
    /// Nothing. The head may have told all.
    #[default]
    Nothing,
    /// One message with its prefix, and that all is well.
    Message(Bytes),
    /// Whatever comes.
    Frames(Pin<Box<dyn Body<Data = Bytes, Error = Status> + Send>>),
    /// This comes last, when all before it is taken. Until then the call must be there
    /// to be reset, if its answer has to be read in time.
    Last(Result<Frame<Bytes>, Status>),
}

/// What bounds how many answers of a kind there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Bound {
    /// Nothing does.
    #[default]
    None,
    /// Their permits, of which a key has only so many.
    Permit,
    /// The streams of its kind that may be open. Such an answer may have nothing to
    /// tell for as long as it likes, but what it tells has to be read.
    OpenStreams,
}

impl AnswerBody {
    /// One message with its prefix.
    pub(crate) fn message(message: Bytes) -> Self {
        Self { content: Content::Message(message), ..Self::default() }
    }

    /// The frames of `body`, the last of which tells how the call ended.
    pub(crate) fn frames(
        body: impl Body<Data = Bytes, Error = Status> + Send + 'static,
        bound: Bound,
    ) -> Self {
        Self { content: Content::Frames(Box::pin(body)), bound, ..Self::default() }
    }

    /// What bounds answers of its kind.
    pub(crate) fn bound(&self) -> Bound {
        self.bound
    }

    /// Whether all of it is there already, so that nothing is left to compute.
    pub(crate) fn is_complete(&self) -> bool {
        !matches!(self.content, Content::Frames(_))
    }

    /// It keeps the `permit` of its call, which is `observed`, until it is sent.
    pub(crate) fn keep(&mut self, permit: Permit, observed: Option<Observed>) {
        self.bound = Bound::Permit;
        // An answer that is sent with its head needs no more of anything.
        if !self.is_end_stream() {
            self.permit = Some(permit);
            self.observed = observed;
        }
    }

    /// Its `reader` has to take it in time.
    pub(crate) fn is_read_by(&mut self, reader: Arc<Reader>) {
        self.given = Some(reader.give());
        self.reader = Some(reader);
    }

    /// Its end is recorded by `entry`.
    pub(crate) fn is_recorded_by(&mut self, entry: Box<Entry>) {
        self.entry = Some(entry);
    }

    /// `data` on its way to the connection.
    fn part(&mut self, data: Bytes, may_be_of_a_buffer: bool) -> Bytes {
        if let Some(entry) = &mut self.entry {
            entry.sends(&data);
        }
        let permit = self.permit.clone();
        if self.reader.is_none() && permit.as_ref().is_some_and(Permit::holds_much_memory) {
            self.reader = Some(Reader::begin(self.observed.take()));
        }
        let given = self.reader.as_ref().map(Reader::give);
        if permit.is_none() && given.is_none() {
            return data;
        }
        let is_copied = may_be_of_a_buffer && data.len() < COPIED_BYTES;
        let data = if is_copied { Bytes::copy_from_slice(&data) } else { data };
        Bytes::from_owner(Part { data, _given: given, _permit: permit })
    }

    /// The last frame, when all before it is taken.
    fn poll_last(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.given = None;
        if let Some(reader) = &self.reader {
            ready!(reader.poll_all_taken(cx));
            self.reader = None;
        }
        // Before the last frame is sent: its reader may call again at once.
        self.permit = None;
        let last = match mem::take(&mut self.content) {
            Content::Last(last) => Some(last),
            _ => None,
        };
        if let (Some(entry), Some(last)) = (&mut self.entry, &last) {
            entry.sees_last(last);
        }
        Poll::Ready(last)
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.bound == Bound::OpenStreams {
            self.given = None;
        }
        let data = match &mut self.content {
            Content::Frames(body) => match ready!(body.as_mut().poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => Some(self.part(data, true)),
                    Err(last) => {
                        self.content = Content::Last(Ok(last));
                        None
                    }
                },
                last => {
                    self.content = last.map_or(Content::Nothing, Content::Last);
                    None
                }
            },
            Content::Message(message) => {
                let message = mem::take(message);
                self.content = Content::Last(Ok(Frame::trailers(all_is_well())));
                Some(self.part(message, false))
            }
            Content::Nothing | Content::Last(_) => None,
        };
        match data {
            Some(data) => Poll::Ready(Some(Ok(Frame::data(data)))),
            None => self.poll_last(cx),
        }
    }

    /// Not before the last frame is sent.
    fn is_end_stream(&self) -> bool {
        matches!(self.content, Content::Nothing) && self.reader.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Frames(body) => body.size_hint(),
            _ => SizeHint::default(),
        }
    }
}

/// The last frame of an answer that ends with `status`.
///
/// # Errors
/// The status cannot be written as trailers.
pub(crate) fn trailers(status: &Status) -> Result<Frame<Bytes>, Status> {
    let mut trailers = HeaderMap::new();
    status.add_header(&mut trailers).map(|()| Frame::trailers(trailers))
}

/// The trailers of a call that has ended as it should.
fn all_is_well() -> HeaderMap {
    let mut trailers = HeaderMap::with_capacity(1);
    trailers.insert(Status::GRPC_STATUS, HeaderValue::from_static("0"));
    trailers
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Message(_) => "Message",
            Self::Frames(_) => "Frames",
            Self::Last(_) => "Last",
        })
    }
}

/// A part of an answer on its way to the connection.
struct Part {
    data: Bytes,
    _given: Option<Given>,
    _permit: Option<Permit>,
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

/// The code of an answer that is only a head, for tests of layers.
#[cfg(test)]
pub(super) fn code_of<B>(answer: &Response<B>) -> Option<tonic::Code> {
    Status::from_header_map(answer.headers()).map(|status| status.code())
}

#[cfg(test)]
mod tests;
