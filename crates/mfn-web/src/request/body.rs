//! The body of a request as gRPC has it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::messages::JsonMessages;
use super::prefix;
use super::query::Query;
use super::text::Decoder;
use super::whole::WholeMessage;
use crate::fault::Fault;

/// What a service reads of a request: messages with their prefixes, whatever the request
/// was written in.
#[derive(Debug)]
pub struct GrpcBody<B> {
    inner: B,
    /// None if `inner` has messages with their prefixes already. It is in a box because the
    /// body is moved from layer to layer.
    conversion: Option<Box<Conversion>>,
}

/// Why a request breaks off.
#[derive(Debug, thiserror::Error)]
pub enum RequestError<E> {
    /// Its body does.
    #[error(transparent)]
    Body(E),
    /// It cannot become a message.
    #[error(transparent)]
    Fault(Fault),
}

/// How the body becomes messages with their prefixes.
#[derive(Debug)]
pub(super) enum Conversion {
    /// It is one message, of which this is the prefix.
    Prefixed(Option<Bytes>),
    /// It is base64 of them.
    Text(Decoder),
    /// It is one message.
    Whole(WholeMessage),
    /// It has messages in JSON.
    Messages(JsonMessages),
    /// It does not matter: the message is in the query.
    Query(Query, WholeMessage),
    /// It does not matter: this is all there is.
    Ready(Option<Bytes>),
    /// It cannot be converted.
    Broken(Fault),
}

impl Conversion {
    /// A compressed message.
    pub(super) fn compressed() -> Self {
        Self::Ready(Some(prefix::compressed()))
    }
}

impl<B> GrpcBody<B> {
    /// `inner`, as it is.
    pub(crate) fn as_it_is(inner: B) -> Self {
        Self { inner, conversion: None }
    }

    pub(super) fn new(inner: B, conversion: Conversion) -> Self {
        Self { inner, conversion: Some(Box::new(conversion)) }
    }
}

type Polled<E> = Poll<Option<Result<Frame<Bytes>, RequestError<E>>>>;

impl<B: Body<Data = Bytes> + Unpin> GrpcBody<B> {
    fn poll_inner(&mut self, cx: &mut Context<'_>) -> Polled<B::Error> {
        Pin::new(&mut self.inner).poll_frame(cx).map_err(RequestError::Body)
    }

    /// The next data of the inner body. None is its end, of which a caller who left may
    /// only make the impression.
    fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, RequestError<B::Error>>> {
        loop {
            match ready!(self.poll_inner(cx)) {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Ok(Some(data)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Err(error)),
                None => return Poll::Ready(Ok(None)),
            }
        }
    }

    /// The last frame, or why there is none.
    fn last(&mut self, message: Result<Bytes, Fault>) -> Polled<B::Error> {
        self.conversion = Some(Box::new(Conversion::Ready(None)));
        Poll::Ready(Some(message.map(Frame::data).map_err(RequestError::Fault)))
    }

    /// A body that has to be received as a whole.
    fn poll_whole(&mut self, cx: &mut Context<'_>) -> Polled<B::Error> {
        loop {
            let data = match ready!(self.poll_data(cx)) {
                Ok(data) => data,
                Err(error) => return Poll::Ready(Some(Err(error))),
            };
            let has_ended = self.inner.is_end_stream();
            let Some(Conversion::Whole(whole)) = self.conversion.as_deref_mut() else {
                return Poll::Ready(None);
            };
            match data {
                Some(data) => {
                    if let Err(fault) = whole.push(&data) {
                        return self.last(Err(fault));
                    }
                }
                None if has_ended => {
                    let message = whole.end();
                    return self.last(message);
                }
                None => return Poll::Ready(None),
            }
        }
    }

    fn poll_messages(&mut self, cx: &mut Context<'_>) -> Polled<B::Error> {
        loop {
            let Some(Conversion::Messages(messages)) = self.conversion.as_deref_mut() else {
                return Poll::Ready(None);
            };
            match messages.next() {
                Ok(Some(message)) => return Poll::Ready(Some(Ok(Frame::data(message)))),
                Ok(None) => {}
                Err(fault) => return self.last(Err(fault)),
            }
            let is_between = messages.is_between();
            match ready!(self.poll_data(cx)) {
                Ok(Some(data)) => {
                    if let Some(Conversion::Messages(messages)) = self.conversion.as_deref_mut() {
                        messages.push(data);
                    }
                }
                Ok(None) if is_between || !self.inner.is_end_stream() => return Poll::Ready(None),
                Ok(None) => {
                    let text = "send as many bytes of a message as its prefix says";
                    return self.last(Err(Fault::Malformed(text.to_owned())));
                }
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }

    fn poll_text(&mut self, cx: &mut Context<'_>) -> Polled<B::Error> {
        loop {
            let data = match ready!(self.poll_data(cx)) {
                Ok(data) => data,
                Err(error) => return Poll::Ready(Some(Err(error))),
            };
            let has_ended = self.inner.is_end_stream();
            let Some(Conversion::Text(decoder)) = self.conversion.as_deref_mut() else {
                return Poll::Ready(None);
            };
            let decoded = match &data {
                Some(data) => decoder.decode(data).ok(),
                None => (decoder.is_between() || !has_ended).then(Vec::new),
            };
            match decoded {
                Some(_) if data.is_none() => return Poll::Ready(None),
                Some(decoded) if decoded.is_empty() => {}
                Some(decoded) => return Poll::Ready(Some(Ok(Frame::data(decoded.into())))),
                None => {
                    let text = "send the body in base64, as application/grpc-web-text has it";
                    return self.last(Err(Fault::Malformed(text.to_owned())));
                }
            }
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for GrpcBody<B> {
    type Data = Bytes;
    type Error = RequestError<B::Error>;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled<B::Error> {
        let Some(conversion) = self.conversion.as_deref_mut() else { return self.poll_inner(cx) };
        match conversion {
            Conversion::Prefixed(prefix) => match prefix.take() {
                Some(prefix) => Poll::Ready(Some(Ok(Frame::data(prefix)))),
                None => self.poll_inner(cx),
            },
            Conversion::Text(_) => self.poll_text(cx),
            Conversion::Whole(_) => self.poll_whole(cx),
            Conversion::Messages(_) => self.poll_messages(cx),
            Conversion::Query(query, whole) => {
                let message = query.message().and_then(|message| whole.push(&message));
                let message = message.and_then(|()| whole.end());
                self.last(message)
            }
            Conversion::Ready(message) => {
                Poll::Ready(message.take().map(|message| Ok(Frame::data(message))))
            }
            Conversion::Broken(fault) => {
                let fault = fault.clone();
                self.last(Err(fault))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        let Some(conversion) = self.conversion.as_deref() else {
            return self.inner.is_end_stream();
        };
        match conversion {
            Conversion::Prefixed(None) => self.inner.is_end_stream(),
            Conversion::Text(decoder) => decoder.is_between() && self.inner.is_end_stream(),
            Conversion::Messages(messages) => messages.is_between() && self.inner.is_end_stream(),
            Conversion::Ready(message) => message.is_none(),
            Conversion::Prefixed(Some(_))
            | Conversion::Whole(_)
            | Conversion::Query(..)
            | Conversion::Broken(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        if self.conversion.is_none() { self.inner.size_hint() } else { SizeHint::default() }
    }
}
