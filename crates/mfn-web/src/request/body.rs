//! The body of a request as gRPC has it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use prost_reflect::MessageDescriptor;

use super::messages::JsonMessages;
use super::text::Decoder;
use super::{COMPRESSED, prefix, prefixed};
use crate::fault::Fault;
use crate::json;

/// What a service reads of a request: messages with their prefixes, whatever the request
/// was written in.
#[derive(Debug)]
pub struct GrpcBody<B> {
    inner: B,
    /// None if it has them. It goes from layer to layer, so it is not moved as a whole.
    content: Option<Box<Content>>,
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
pub(super) enum Content {
    /// It is one message, of which this is the prefix.
    Prefixed(Option<Bytes>),
    /// It is base64 of them.
    Text(Decoder),
    /// It is one message, which is read as a whole.
    Whole { read: Vec<u8>, json: Option<MessageDescriptor>, limit: usize },
    /// It has messages in JSON.
    Messages(JsonMessages),
    /// It does not matter: this is all there is.
    Ready(Option<Bytes>),
    /// It cannot.
    Broken(Fault),
}

impl Content {
    /// A compressed message, of which no service looks further than the flag.
    pub(super) fn compressed() -> Self {
        Self::Ready(Some(Bytes::copy_from_slice(&prefix(COMPRESSED, 0))))
    }
}

impl<B> GrpcBody<B> {
    /// `inner`, as it is.
    pub(crate) fn as_it_is(inner: B) -> Self {
        Self { inner, content: None }
    }

    pub(super) fn new(inner: B, content: Content) -> Self {
        Self { inner, content: Some(Box::new(content)) }
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

    /// Breaks off.
    fn broken(&mut self, fault: Fault) -> Polled<B::Error> {
        self.content = Some(Box::new(Content::Ready(None)));
        Poll::Ready(Some(Err(RequestError::Fault(fault))))
    }

    /// The rest of a body that has to be there as a whole.
    fn poll_whole(&mut self, cx: &mut Context<'_>) -> Polled<B::Error> {
        loop {
            let data = match ready!(self.poll_data(cx)) {
                Ok(data) => data,
                Err(error) => return Poll::Ready(Some(Err(error))),
            };
            let has_ended = self.inner.is_end_stream();
            let Some(Content::Whole { read, json, limit }) = self.content.as_deref_mut() else {
                return Poll::Ready(None);
            };
            match data {
                Some(data) if read.len() + data.len() > *limit => {
                    let limit = *limit;
                    return self.broken(Fault::TooLarge { limit });
                }
                Some(data) => read.extend_from_slice(&data),
                None if !has_ended => return Poll::Ready(None),
                None => {
                    let message = match json {
                        Some(message) => json::read(message, read),
                        None => Ok(std::mem::take(read)),
                    };
                    return match message {
                        Ok(message) => {
                            self.content = Some(Box::new(Content::Ready(None)));
                            Poll::Ready(Some(Ok(Frame::data(prefixed(&message)))))
                        }
                        Err(fault) => self.broken(fault),
                    };
                }
            }
        }
    }

    fn poll_messages(&mut self, cx: &mut Context<'_>) -> Polled<B::Error> {
        loop {
            let Some(Content::Messages(messages)) = self.content.as_deref_mut() else {
                return Poll::Ready(None);
            };
            match messages.next() {
                Ok(Some(message)) => return Poll::Ready(Some(Ok(Frame::data(message)))),
                Ok(None) => {}
                Err(fault) => return self.broken(fault),
            }
            let is_between = messages.is_between();
            match ready!(self.poll_data(cx)) {
                Ok(Some(data)) => {
                    if let Some(Content::Messages(messages)) = self.content.as_deref_mut() {
                        messages.take(&data);
                    }
                }
                Ok(None) if is_between || !self.inner.is_end_stream() => return Poll::Ready(None),
                Ok(None) => {
                    let text = "send as many bytes of a message as its prefix says";
                    return self.broken(Fault::Malformed(text.to_owned()));
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
            let Some(Content::Text(decoder)) = self.content.as_deref_mut() else {
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
                    return self.broken(Fault::Malformed(text.to_owned()));
                }
            }
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for GrpcBody<B> {
    type Data = Bytes;
    type Error = RequestError<B::Error>;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled<B::Error> {
        let Some(content) = self.content.as_deref_mut() else { return self.poll_inner(cx) };
        match content {
            Content::Prefixed(prefix) => match prefix.take() {
                Some(prefix) => Poll::Ready(Some(Ok(Frame::data(prefix)))),
                None => self.poll_inner(cx),
            },
            Content::Text(_) => self.poll_text(cx),
            Content::Whole { .. } => self.poll_whole(cx),
            Content::Messages(_) => self.poll_messages(cx),
            Content::Ready(message) => {
                Poll::Ready(message.take().map(|message| Ok(Frame::data(message))))
            }
            Content::Broken(fault) => {
                let fault = fault.clone();
                self.broken(fault)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        let Some(content) = self.content.as_deref() else { return self.inner.is_end_stream() };
        match content {
            Content::Prefixed(None) => self.inner.is_end_stream(),
            Content::Text(decoder) => decoder.is_between() && self.inner.is_end_stream(),
            Content::Messages(messages) => messages.is_between() && self.inner.is_end_stream(),
            Content::Ready(message) => message.is_none(),
            Content::Prefixed(Some(_)) | Content::Whole { .. } | Content::Broken(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        if self.content.is_none() { self.inner.size_hint() } else { SizeHint::default() }
    }
}
