//! A call of the web, as a script has it: what is sent, and what its ends have to have read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use conformance_web::request::{Content, Parts as Sent, parts};
use conformance_web::{AnswerReader, End, Protocol};
use conformance_wire::messages;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Version};
use prost_reflect::{DynamicMessage, MethodDescriptor};

use self::json::{has_name_twice, json_of, message_of};
use crate::input::Input;
use crate::pieces::Pieces;
use crate::replies::Reply;
use crate::request::{METHODS, framed};

mod json;
#[cfg(test)]
mod tests;

/// The protocols, in the order in which the first byte chooses one.
pub(crate) const PROTOCOLS: [Protocol; 6] = [
    Protocol::GrpcWeb,
    Protocol::GrpcWebText,
    Protocol::Connect,
    Protocol::ConnectJson,
    Protocol::ConnectGet,
    Protocol::ConnectGetJson,
];
/// Headers that change how a request is read, and values for them.
const NAMES: [&str; 6] = [
    "connect-timeout-ms",
    "connect-protocol-version",
    "content-encoding",
    "connect-content-encoding",
    "grpc-timeout",
    "grpc-encoding",
];
const VALUES: [&str; 8] = ["0", "1", "2", "9999999999", "gzip", "identity", "1S", ""];
/// Of an answer of fewer bytes the end is there before the answer has begun.
const SMALL_BYTES: usize = 32 * 1024;

/// A call, as the script has it.
pub(crate) struct Call {
    protocol: Protocol,
    pub(crate) method: MethodDescriptor,
    message: Vec<u8>,
    /// Whether that is a message of the method, and not the body itself.
    is_message: bool,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    has_length: bool,
    part_bytes: usize,
}

impl Call {
    /// None if there is no such call.
    pub(crate) fn take(input: &mut Input<'_>) -> Option<Self> {
        let protocol = *input.pick(&PROTOCOLS);
        let method = *input.pick(&METHODS);
        let method = messages::method(method).expect("a method of MFN");
        if protocol.is_get() && method.is_server_streaming() {
            return None;
        }
        let flags = input.byte();
        let part_bytes = usize::from(input.byte()) + 1;
        let message = input.short().to_vec();
        let is_message =
            flags & 1 == 0 && DynamicMessage::decode(method.input(), &*message).is_ok();
        let headers = (0..flags >> 6).filter_map(|_| {
            let name = *input.pick(&NAMES);
            let value = match input.byte() {
                0 => input.short(),
                _ => input.pick(&VALUES).as_bytes(),
            };
            Some((HeaderName::from_static(name), HeaderValue::from_bytes(value).ok()?))
        });
        let headers = headers.collect();
        let has_length = flags & 2 != 0;
        Some(Self { protocol, method, message, is_message, headers, has_length, part_bytes })
    }

    /// As the suite makes it. None if it cannot be put into a URI.
    pub(crate) fn request(&self) -> Option<Request<Pieces>> {
        let content = if self.is_message {
            let json = json_of(&self.method.input(), &self.message).expect("a message");
            Content::Message(framed(&self.message).into(), json.to_string())
        } else {
            Content::AsItIs(self.message.clone().into())
        };
        let sent = parts(self.protocol, self.method.is_server_streaming(), content);
        let Sent { verb, query, headers, body } = sent;
        let path = format!("/{}/{}", self.method.parent_service().full_name(), self.method.name());
        let uri = query.map_or(path.clone(), |query| format!("{path}?{query}"));
        let mut request = Request::builder().method(verb).uri(uri).version(Version::HTTP_11);
        request = request.header(HOST, "localhost");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if self.has_length {
            request = request.header(CONTENT_LENGTH, body.len());
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(Pieces::of(&body, self.part_bytes)).ok()
    }

    /// The service has read what was sent.
    pub(crate) fn check_seen(&self, seen: &Result<Vec<u8>, String>) {
        let kind = self.method.input();
        let streams = self.method.is_server_streaming();
        let expected = match (self.protocol, self.is_message) {
            (protocol, true) if !protocol.is_json() => Ok(framed(&self.message)),
            (_, true) => {
                let seen = seen.as_ref().unwrap_or_else(|why| panic!("it is refused: {why}"));
                let json = json_of(&kind, &only_message(seen));
                assert_eq!(json, json_of(&kind, &self.message), "of {seen:?}");
                return;
            }
            (Protocol::GrpcWeb, false) => Ok(self.message.clone()),
            (Protocol::GrpcWebText, false) => match decoded(&self.message) {
                Some(bytes) => Ok(bytes),
                None => return,
            },
            (Protocol::Connect, false) if streams => Ok(self.message.clone()),
            (Protocol::Connect, false) => Ok(framed(&self.message)),
            (Protocol::ConnectJson, false) if !streams => {
                let expected = message_of(&kind, &self.message);
                let expected = expected.filter(|_| !has_name_twice(&self.message));
                let read = seen.as_ref().ok().map(|seen| json_of(&kind, &only_message(seen)));
                assert_eq!(read, expected.map(|it| json_of(&kind, &it)), "of {seen:?}");
                return;
            }
            _ => return,
        };
        assert_eq!(*seen, expected, "what the service has read");
    }

    /// Only a query can say that what it has is no call.
    pub(crate) fn check_refused(&self, answer: &Response<()>) {
        assert!(self.protocol.is_get() && !self.is_message, "{answer:?}");
        assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(answer.headers()[CONTENT_TYPE], "text/plain; charset=utf-8");
    }

    /// The messages of an answer, and its end unless it breaks off.
    pub(crate) fn read(
        &self,
        answer: &Response<()>,
        pieces: Result<Vec<Bytes>, ()>,
    ) -> Option<(Vec<Bytes>, End)> {
        let (status, headers) = (answer.status(), answer.headers());
        let method = Some(self.method.clone());
        let mut reader = AnswerReader::new(self.protocol, method, status, headers.clone());
        let pieces = pieces.ok()?;
        let mut messages = Vec::new();
        for piece in pieces {
            messages.extend(reader.take(&piece).into_iter().map(|message| message.bytes));
        }
        let mut end = reader.end();
        messages.extend(end.message.take().map(|message| message.bytes));
        Some((messages, end))
    }

    /// Whether `reply` is an answer to it by gRPC that its protocol has words for.
    pub(crate) fn is_answered_by(&self, reply: &Reply) -> bool {
        let is_unary = self.is_unary();
        reply.is_whole(self.protocol.is_json())
            && (!is_unary || reply.code() == 0 || reply.bytes() < SMALL_BYTES)
            && (!is_unary || reply.code() != 0 || reply.messages().len() == 1)
    }

    /// Whether there is one message and nothing around it.
    fn is_unary(&self) -> bool {
        self.is_connect() && !self.method.is_server_streaming()
    }

    fn is_connect(&self) -> bool {
        !matches!(self.protocol, Protocol::GrpcWeb | Protocol::GrpcWebText)
    }

    /// The caller has read what the service has answered.
    pub(crate) fn check_reply(
        &self,
        reply: &Reply,
        head: &HeaderMap,
        messages: &[Bytes],
        end: &End,
    ) {
        let is_error = self.is_unary() && reply.code() != 0;
        let expected = if is_error { &[] } else { reply.messages() };
        assert_eq!(messages.len(), expected.len(), "messages of {reply:?}");
        for (read, sent) in messages.iter().zip(expected) {
            if self.protocol.is_json() {
                let kind = self.method.output();
                assert_eq!(json_of(&kind, read), json_of(&kind, sent), "of {sent:?}");
            } else {
                assert_eq!(read, sent, "a message of {reply:?}");
            }
        }
        let trailers = end.trailers.as_ref().unwrap_or(head);
        reply.check_status(trailers, self.is_connect());
        // A long answer begins before they are known, and has no place for them at its end.
        if !is_error && (!self.is_unary() || reply.bytes() < SMALL_BYTES) {
            reply.check_trailers(if reply.is_in_head() { head } else { trailers });
        }
    }
}

/// The one message of a body with prefixes.
fn only_message(body: &[u8]) -> Vec<u8> {
    let message = body.get(5..).expect("a message has a prefix").to_vec();
    assert_eq!(body, framed(&message), "one message");
    message
}

/// The bytes of base64 in groups, if it is that.
pub(crate) fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let groups = text.chunks(4).map(|group| STANDARD.decode(group));
    let whole = text.len().is_multiple_of(4);
    groups.collect::<Result<Vec<_>, _>>().ok().filter(|_| whole).map(|groups| groups.concat())
}
