//! What comes of a call, as gRPC has it.

use bytes::{Buf as _, Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use prost_reflect::MethodDescriptor;

use crate::connect;
use crate::fault::Fault;
use crate::grpc_web::{self, Base64};
use crate::json;
use crate::protocol::{Framing, Protocol};
use crate::request::PREFIX_BYTES;

/// The flag of what comes last by gRPC-Web.
const TRAILERS: u8 = 0x80;
/// The flag of what comes last by Connect.
const END_STREAM: u8 = 2;

/// Reads an answer as it comes.
#[derive(Debug)]
pub struct AnswerReader {
    protocol: Protocol,
    method: Option<MethodDescriptor>,
    status: StatusCode,
    headers: HeaderMap,
    framing: Framing,
    base64: Option<Base64>,
    /// What has come and is not read.
    rest: BytesMut,
    last: Option<Bytes>,
    faults: Vec<Fault>,
}

/// A message of an answer.
#[derive(Clone, Debug)]
pub struct Message {
    /// Whether its flag says that it is compressed.
    pub is_compressed: bool,
    /// In protobuf.
    pub bytes: Bytes,
    /// As it came, if it came in JSON.
    pub json: Option<Bytes>,
}

/// What an answer ends with.
#[derive(Debug)]
pub struct End {
    /// The message of an answer that has one without a prefix.
    pub message: Option<Message>,
    /// As gRPC has them; none where the status is in the headers.
    pub trailers: Option<HeaderMap>,
    /// What is left after the last whole message.
    pub rest: Bytes,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

impl AnswerReader {
    /// Before the body of an answer by `protocol`, of the method that the suite knows by the
    /// name that was called, if it knows one.
    #[must_use]
    pub fn new(
        protocol: Protocol,
        method: Option<MethodDescriptor>,
        status: StatusCode,
        headers: HeaderMap,
    ) -> Self {
        let streams = method.as_ref().is_some_and(MethodDescriptor::is_server_streaming);
        let base64 = (protocol == Protocol::GrpcWebText).then(Base64::default);
        let framing = protocol.framing(streams);
        let rest = BytesMut::new();
        let (last, faults) = (None, Vec::new());
        let mut reader =
            Self { protocol, method, status, headers, framing, base64, rest, last, faults };
        reader.check_head(streams);
        reader
    }

    /// Takes what comes of the body: the messages that are whole with it.
    pub fn take(&mut self, data: &[u8]) -> Vec<Message> {
        match &mut self.base64 {
            None => self.rest.extend_from_slice(data),
            Some(base64) => match base64.take(data) {
                Ok(bytes) => self.rest.extend_from_slice(&bytes),
                Err(actual) => self.fault("base64", actual),
            },
        }
        let mut messages = Vec::new();
        if matches!(self.framing, Framing::GrpcWeb | Framing::Envelopes) {
            while let Some((flags, bytes)) = self.next() {
                messages.extend(self.message(flags, bytes));
            }
        }
        messages
    }

    /// Ends the answer with its body.
    #[must_use]
    pub fn end(mut self) -> End {
        let (mut message, mut trailers) = (None, None);
        match self.framing {
            Framing::Whole if self.status == StatusCode::OK => {
                let body = self.rest.split().freeze();
                message = self.message(0, body);
                trailers = Some(connect::trailers(&self.headers));
            }
            Framing::Whole => {
                let body = self.rest.split().freeze();
                trailers = self.noted(connect::error_answer(self.status, &body));
            }
            Framing::Envelopes => {
                let told = self.last.take().ok_or_else(|| Fault {
                    expected: "an envelope with the flags 2 at the end".to_owned(),
                    actual: "none".to_owned(),
                });
                trailers = self.noted(told.and_then(|last| connect::end_of_stream(&last)));
            }
            Framing::GrpcWeb => {
                if let Some(last) = self.last.take() {
                    trailers = self.noted(grpc_web::trailers(&last));
                } else if !self.headers.contains_key("grpc-status") {
                    self.fault("trailers at the end", "none".to_owned());
                }
            }
            Framing::Unknown => {}
        }
        End { message, trailers, rest: self.rest.freeze(), faults: self.faults }
    }

    fn check_head(&mut self, streams: bool) {
        let is_error = self.framing == Framing::Whole && self.status != StatusCode::OK;
        let wanted =
            if is_error { Some("application/json") } else { self.protocol.content_type(streams) };
        let actual = self.headers.get(CONTENT_TYPE).map(|value| value.as_bytes().to_owned());
        if let Some(wanted) = wanted
            && !is_content_type(wanted, actual.as_deref())
        {
            let actual =
                actual.map_or("none".into(), |value| String::from_utf8_lossy(&value).into_owned());
            self.fault(&format!("the content type {wanted}"), actual);
        }
        let is_framed = matches!(self.framing, Framing::GrpcWeb | Framing::Envelopes);
        if is_framed && self.status != StatusCode::OK {
            self.fault("HTTP status 200 OK", format!("HTTP status {}", self.status));
        }
    }

    /// The next part of a framed body, with its flags.
    fn next(&mut self) -> Option<(u8, Bytes)> {
        let (flags, length) = match *self.rest {
            [flags, a, b, c, d, ..] => (flags, u32::from_be_bytes([a, b, c, d]) as usize),
            _ => return None,
        };
        if self.rest.len() - PREFIX_BYTES < length {
            return None;
        }
        self.rest.advance(PREFIX_BYTES);
        Some((flags, self.rest.split_to(length).freeze()))
    }

    fn message(&mut self, flags: u8, bytes: Bytes) -> Option<Message> {
        let last = if self.framing == Framing::GrpcWeb { TRAILERS } else { END_STREAM };
        if self.last.is_some() {
            self.fault("nothing after what is marked as the last", format!("flags {flags}"));
        }
        if flags & last != 0 {
            self.last = Some(bytes);
            return None;
        }
        let is_compressed = flags & 1 != 0;
        if is_compressed || !self.protocol.is_json() {
            return Some(Message { is_compressed, bytes, json: None });
        }
        let method = self.method.clone()?;
        let read = json::to_protobuf(&method.output(), &bytes);
        let json = Some(bytes);
        let bytes = self.noted(read)?;
        Some(Message { is_compressed, bytes, json })
    }

    fn noted<T>(&mut self, told: Result<T, Fault>) -> Option<T> {
        told.map_err(|fault| self.faults.push(fault)).ok()
    }

    fn fault(&mut self, expected: &str, actual: String) {
        self.faults.push(Fault { expected: expected.to_owned(), actual });
    }
}

/// The same type, whatever parameters it has; the formats of gRPC-Web may be left out.
fn is_content_type(wanted: &str, actual: Option<&[u8]>) -> bool {
    let actual = actual.and_then(|value| str::from_utf8(value).ok()).unwrap_or_default();
    let kind = actual.split(';').next().unwrap_or_default().trim();
    kind == wanted
        || wanted.starts_with("application/grpc") && wanted.strip_suffix("+proto") == Some(kind)
}

#[cfg(test)]
mod tests;
