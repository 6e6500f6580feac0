//! The answer to a unary call of Connect: a message and nothing else, or an error with an
//! HTTP status. So its head has to wait for how the call ended, but not longer than that
//! is possible: an answer that is long or waits for its reader begins before.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body::{Body, Frame};

use super::Translator;
use super::body::WebBody;
use super::end::Ending;
use super::error_json::ErrorJson;
use super::translated::Translated;
use crate::protocol::{Codec, Form};
use crate::request::PREFIX_BYTES;
use crate::status::{GrpcStatus, STATUS_HEADERS};

/// Bytes of a message of which more is not waited for before the answer begins.
const EARLY_BYTES: usize = 64 * 1024;
/// A message of at most so many is written before it is sent, so that its length is known.
const WHOLE_BYTES: usize = 8 * 1024;

/// What has come of an answer.
#[derive(Default)]
struct Early {
    parts: VecDeque<Bytes>,
    bytes: usize,
    trailers: Option<HeaderMap>,
}

/// `answer` to a call that `translator` knows.
pub(super) async fn answer<R>(answer: Response<R>, translator: &Translator) -> Response<WebBody<R>>
where
    R: Body<Data = Bytes> + Unpin,
{
    let (mut head, mut body) = answer.into_parts();
    if let Some(status) = GrpcStatus::of(&head.headers) {
        return failed(head, &status.or_without_message(), translator);
    }
    let Ok(early) = receive(&mut body).await else {
        return failed(head, &GrpcStatus::unknown("the answer broke off"), translator);
    };
    if let Some(trailers) = &early.trailers {
        let status = GrpcStatus::of(trailers)
            .unwrap_or_else(|| GrpcStatus::unknown("the answer ended without a status"));
        if !status.is_ok() || early.message_bytes().is_none() {
            let status = status.or_without_message();
            add_trailers(&mut head.headers, trailers, "");
            return failed(head, &status, translator);
        }
        add_trailers(&mut head.headers, trailers, "trailer-");
    }
    translator.set_headers(&mut head.headers);
    let is_json = translator.form == Form::ConnectUnary { codec: Codec::Json };
    if is_json && early.is_small() && early.trailers.is_some() {
        return whole(head, early, translator);
    }
    if let Some(bytes) = early.message_bytes().filter(|_| !is_json) {
        head.headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes));
    }
    let translated = Translated::new(body, translator.output(), Ending::Unary);
    let translated = translated.after(early.parts, early.trailers);
    Response::from_parts(head, WebBody::translated(translated))
}

/// Receives so much that the answer can begin.
async fn receive<R: Body<Data = Bytes> + Unpin>(body: &mut R) -> Result<Early, ()> {
    let mut early = Early::default();
    loop {
        let is_enough = early.is_complete() || early.bytes >= EARLY_BYTES;
        // Once the message is there, its end is taken along if it is there as well.
        let frame = poll_fn(|cx| match Pin::new(&mut *body).poll_frame(cx) {
            Poll::Ready(frame) => Poll::Ready(Some(frame)),
            Poll::Pending if is_enough => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        match frame.await {
            None => return Ok(early),
            Some(None) => {
                early.trailers = Some(HeaderMap::new());
                return Ok(early);
            }
            Some(Some(frame)) => {
                if early.take(frame.map_err(drop)?) {
                    return Ok(early);
                }
            }
        }
    }
}

impl Early {
    /// Returns whether it is all that is received before the answer begins.
    fn take(&mut self, frame: Frame<Bytes>) -> bool {
        match frame.into_data() {
            Ok(data) => {
                self.bytes += data.len();
                self.parts.push_back(data);
                self.bytes >= EARLY_BYTES && !self.is_complete()
            }
            Err(frame) => {
                self.trailers = Some(frame.into_trailers().unwrap_or_default());
                true
            }
        }
    }

    /// How long the message is, if its prefix is there.
    fn message_bytes(&self) -> Option<usize> {
        let mut bytes = self.parts.iter().flatten().take(PREFIX_BYTES).copied();
        let _flag = bytes.next()?;
        let length = [bytes.next()?, bytes.next()?, bytes.next()?, bytes.next()?];
        Some(u32::from_be_bytes(length) as usize)
    }

    fn is_complete(&self) -> bool {
        self.message_bytes().is_some_and(|bytes| self.bytes >= PREFIX_BYTES + bytes)
    }

    fn is_small(&self) -> bool {
        self.is_complete() && self.bytes <= WHOLE_BYTES
    }
}

/// The answer of which all is there and little, written with its length.
fn whole<R>(mut head: Parts, early: Early, translator: &Translator) -> Response<WebBody<R>> {
    let mut output = translator.output();
    let mut parts = Vec::new();
    for part in early.parts {
        output.push(part);
        loop {
            match output.next() {
                Ok(Some(part)) => parts.push(part),
                Ok(None) => break,
                Err(error) => return failed(head, &error.status, translator),
            }
        }
    }
    let bytes: usize = parts.iter().map(Bytes::len).sum();
    head.headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes));
    Response::from_parts(head, WebBody::complete(parts))
}

/// The answer that is nothing but an error.
fn failed<R>(
    mut head: Parts,
    status: &GrpcStatus,
    translator: &Translator,
) -> Response<WebBody<R>> {
    translator.set_headers(&mut head.headers);
    let error = ErrorJson::of(status, &translator.descriptors).to_json();
    // Where there is no such method there is nothing at this path.
    let is_unknown = translator.message.is_none() && status.is_unimplemented();
    head.status = if is_unknown { StatusCode::NOT_FOUND } else { status.http() };
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    head.headers.insert(CONTENT_LENGTH, HeaderValue::from(error.len()));
    Response::from_parts(head, WebBody::made_here(error.into()))
}

/// Adds `trailers` to the head of an answer, under names that begin with `before`.
fn add_trailers(headers: &mut HeaderMap, trailers: &HeaderMap, before: &str) {
    for (name, value) in trailers {
        if !STATUS_HEADERS.contains(name)
            && let Ok(name) = HeaderName::try_from(format!("{before}{name}"))
        {
            headers.append(name, value.clone());
        }
    }
}
