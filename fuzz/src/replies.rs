//! What a service answers by gRPC, as a script has it: messages, a status and trailers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use conformance_wire::messages::Status;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use mfn_proto::{PotentialField, SimulationFrame, SimulationResult};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use prost_types::Any;

use crate::input::Input;
use crate::pieces::Pieces;
use crate::request::framed;

#[cfg(test)]
pub(crate) mod tests;

/// The code of a status that no protocol knows the number of.
const UNKNOWN: u8 = 2;
/// Codes of gRPC, and of none.
const CODES: u8 = 18;
const LAST_CODE: u8 = 16;
const DETAILS: [&str; 2] =
    ["type.googleapis.com/google.rpc.RequestInfo", "type.googleapis.com/a.B"];
const TRAILERS: [&str; 3] = ["retry-after", "a-bin", "x-a"];
const DETAILS_BIN: &str = "grpc-status-details-bin";

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    code: u8,
    text: String,
    details: Vec<Any>,
    trailers: HeaderMap,
    messages: Vec<Vec<u8>>,
    /// Whether each is written as the library of protobuf does it.
    are_canonical: bool,
    is_in_head: bool,
    piece_bytes: usize,
    end: BodyEnd,
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyEnd {
    WithTrailers,
    Without,
    BreaksOff,
}

impl Reply {
    /// One whose messages are of this type, mostly.
    pub(crate) fn take(input: &mut Input<'_>, kind: &MessageDescriptor) -> Self {
        let flags = input.byte();
        let code = if flags & 1 == 0 { 0 } else { input.byte() % CODES };
        let text = String::from_utf8_lossy(input.short()).into_owned();
        let details = (0..(flags >> 1) & 1).map(|_| Any {
            type_url: (*input.pick(&DETAILS)).to_owned(),
            value: input.short().to_vec(),
        });
        let details = details.collect();
        let mut trailers = HeaderMap::new();
        for _ in 0..(flags >> 2) & 3 {
            let name = input.pick(&TRAILERS);
            let value: Vec<_> =
                input.short().iter().filter(|it| it.is_ascii_graphic()).copied().collect();
            let (name, value) = header(name, &String::from_utf8_lossy(&value));
            trailers.append(name, value);
        }
        let piece_bytes = usize::from(input.byte()) * 37 + 1;
        let end = match input.byte() % 16 {
            1 => BodyEnd::Without,
            2 => BodyEnd::BreaksOff,
            _ => BodyEnd::WithTrailers,
        };
        let mut are_canonical = true;
        let messages = (0..input.byte() % 4).map(|_| {
            let (message, is_canonical) = message(input, kind);
            are_canonical &= is_canonical;
            message
        });
        let messages = messages.collect();
        Self {
            code,
            text,
            details,
            trailers,
            messages,
            are_canonical,
            is_in_head: flags & 0x10 != 0,
            piece_bytes,
            end,
        }
    }

    /// Whether it is an answer by gRPC, whose messages can be read.
    pub(crate) fn is_whole(&self, are_read: bool) -> bool {
        self.end == BodyEnd::WithTrailers && (!are_read || self.are_canonical)
    }

    /// Whether the head tells how the call ended, and there is nothing else.
    pub(crate) fn is_in_head(&self) -> bool {
        self.is_in_head
    }

    pub(crate) fn code(&self) -> u8 {
        self.code
    }

    /// What is sent of them: none where the head tells how the call ended.
    pub(crate) fn messages(&self) -> &[Vec<u8>] {
        if self.is_in_head { &[] } else { &self.messages }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.messages().iter().map(Vec::len).sum()
    }

    /// As the service answers it.
    pub(crate) fn response(&self) -> Response<Pieces> {
        let mut answer = Response::new(Pieces::default());
        if self.is_in_head {
            answer.headers_mut().extend(self.trailers());
            return answer;
        }
        let framed: Vec<_> = self.messages.iter().map(|message| framed(message)).collect();
        let mut body = Pieces::of(&framed.concat(), self.piece_bytes);
        body.breaks_off = self.end == BodyEnd::BreaksOff;
        body.trailers = (self.end != BodyEnd::Without).then(|| self.trailers());
        *answer.body_mut() = body;
        answer
    }

    fn trailers(&self) -> HeaderMap {
        let mut end = self.trailers.clone();
        let text = utf8_percent_encode(&self.text, NON_ALPHANUMERIC).to_string();
        end.extend([header("grpc-status", &self.code.to_string()), header("grpc-message", &text)]);
        if !self.details.is_empty() {
            let status = Status {
                code: self.code.into(),
                message: self.text.clone(),
                details: self.details.clone(),
            };
            end.extend([header(DETAILS_BIN, &encoded(&status.encode_to_vec()))]);
        }
        end
    }

    /// `read` tell its status.
    pub(crate) fn check_status(&self, read: &HeaderMap, is_connect: bool) {
        let is_known = self.code <= LAST_CODE || !is_connect;
        let code = if is_known { self.code } else { UNKNOWN };
        let read_code = read.get("grpc-status").map(HeaderValue::as_bytes);
        assert_eq!(read_code, Some(code.to_string().as_bytes()), "the code of {self:?}");
        if code == 0 && is_connect {
            return;
        }
        let text = read.get("grpc-message").map(|text| percent_decode(text.as_bytes()));
        let text = text.map(|text| text.decode_utf8_lossy().into_owned()).unwrap_or_default();
        assert_eq!(text, self.text, "the text of {self:?}");
        let details = read.get(DETAILS_BIN).map(|details| {
            let bytes = decoded(details.as_bytes()).expect("base64");
            Status::decode(&*bytes).expect("a status").details
        });
        assert_eq!(details.unwrap_or_default(), self.details, "the details of {self:?}");
    }

    /// `read` have its trailers.
    pub(crate) fn check_trailers(&self, read: &HeaderMap) {
        for name in self.trailers.keys() {
            let (sent, read) = (self.trailers.get_all(name), read.get_all(name));
            assert!(sent.iter().eq(read.iter()), "{name} of {self:?} is {read:?}");
        }
    }
}

fn header(name: &'static str, value: &str) -> (HeaderName, HeaderValue) {
    (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header"))
}

/// One, and whether it is written as the library of protobuf does it.
fn message(input: &mut Input<'_>, kind: &MessageDescriptor) -> (Vec<u8>, bool) {
    match input.byte() % 4 {
        0 => {
            let bytes = input.short();
            match known_part(kind, bytes) {
                Some(message) => (message.encode_to_vec(), true),
                None => (bytes.to_vec(), false),
            }
        }
        1 => {
            // Longer than what is sent at once.
            let (count, bits) = (u64::from(input.byte()) * 61, u64::from(input.number()));
            let value = |number: u64| {
                f64::from_bits((bits << 32) ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
            };
            let values_m_v = (0..count).map(value).collect();
            let field = Some(PotentialField { grid_size: 4, values_m_v });
            let whole = match kind.name() {
                "SimulationFrame" => {
                    SimulationFrame { field, ..Default::default() }.encode_to_vec()
                }
                _ => SimulationResult { field, ..Default::default() }.encode_to_vec(),
            };
            // Of another type it may be no message.
            match DynamicMessage::decode(kind.clone(), &*whole) {
                Ok(message) => (message.encode_to_vec(), true),
                Err(_) => (Vec::new(), true),
            }
        }
        2 => (input.short().to_vec(), false),
        _ => (Vec::new(), true),
    }
}

/// The message of this type that `bytes` are, without fields that the type does not have.
fn known_part(kind: &MessageDescriptor, bytes: &[u8]) -> Option<DynamicMessage> {
    let message = DynamicMessage::decode(kind.clone(), bytes).ok()?;
    let json = serde_json::to_value(&message).expect("a message of MFN is JSON");
    Some(DynamicMessage::deserialize(kind.clone(), json).expect("it was one"))
}

fn encoded(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes)
}

fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).ok()
}
