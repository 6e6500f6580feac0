//! From a case's call to what goes over the wire.

use bytes::Bytes;
use conformance_web::request::{self, Content};
use http::header::HOST;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use serde_json::Value;

use super::connection::CallError;
use super::exchange::Outgoing;
use super::sign;
use crate::case::{Body, Call};
use crate::server::Server;
use conformance_web::Http;
use conformance_wire::frames::Frame;
use conformance_wire::messages;

/// A field that no message of MFN has: number 1000, of bytes.
const UNKNOWN_BYTES: [u8; 2] = [0xc2, 0x3e];
/// Another one: number 1000, a varint of 1.
const UNKNOWN_FIELD: [u8; 3] = [0xc0, 0x3e, 0x01];
/// What each call by gRPC has.
const GRPC_HEADERS: [(&str, &str); 2] = [("content-type", "application/grpc"), ("te", "trailers")];

/// A call that can be sent.
#[derive(Clone, Debug)]
pub struct Callable {
    /// What is sent.
    pub outgoing: Outgoing,
    /// Its metadata, `name: value`, without what is secret.
    pub shown_metadata: Vec<String>,
}

impl Callable {
    /// The head of the call as a frame, without the end of its stream.
    #[must_use]
    pub fn head(&self, stream: u32) -> Frame {
        Frame::head(&self.outgoing.head, stream)
    }

    /// Its messages as a frame, and the end of its stream.
    #[must_use]
    pub fn body(&self, stream: u32) -> Frame {
        Frame::body(self.outgoing.frames.concat(), stream)
    }
}

/// Makes `call` ready for `server`.
///
/// # Errors
/// The call is none: the message does not fit the method, or a header is none.
pub fn prepare(call: &Call, server: &Server) -> Result<Callable, CallError> {
    let path = format!("/{}", call.method);
    let frames = frames(call, server.message_limit)?;
    let web = call.protocol.is_web().then(|| on_the_web(call, &frames, server.message_limit));
    let headers = web.as_ref().map_or(&GRPC_HEADERS[..], |web| &web.headers);
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let mut headers: Vec<_> = headers.iter().map(owned).collect();
    if let Some(key) = server.keys.get(call.sign.key).filter(|_| !call.sign.none) {
        let signed = sign::headers(&call.sign, key, &path, sign::unix_now());
        let signed = signed.map_err(CallError::Request)?;
        headers.extend(signed.map(|(name, value)| (name.to_owned(), value)));
    } else if !server.keys.is_empty() && !call.sign.none {
        let count = server.keys.len();
        let asked = call.sign.key;
        let needed = asked + 1;
        return Err(CallError::NoSuchKey(format!("it needs {needed} keys, and was told {count}")));
    }
    for (name, values) in &call.metadata {
        headers.retain(|(sent, _)| sent != name);
        headers.extend(values.iter().map(|value| (name.clone(), value.clone())));
    }
    let shown_metadata = headers.iter().map(|(name, value)| shown(name, value)).collect();
    let usual = web.as_ref().map_or(Method::POST, |web| web.verb.clone());
    let query = web.as_ref().and_then(|web| web.query.as_ref());
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    let mut head = Request::builder()
        .method(verb(call, usual)?)
        .uri(format!("{}{path}{query}", server.endpoint))
        .body(())
        .map_err(|error| CallError::Request(error.to_string()))?;
    *head.headers_mut() = header_map(headers.iter().map(|(name, value)| (&**name, &**value)))?;
    if web.is_some() {
        name_host(&mut head, call.http)?;
    }
    let outgoing = Outgoing {
        head,
        by: web.is_some().then_some((call.protocol, call.http)),
        frames: web.map_or(frames, |web| vec![web.body]),
        trailers: trailers(call)?,
        left_open: matches!(call.body, Some(Body::PrefixOverLimit(_))),
    };
    Ok(Callable { outgoing, shown_metadata })
}

/// What a call by another protocol than gRPC sends, whose `frames` are what gRPC would.
fn on_the_web(call: &Call, frames: &[Bytes], limit: usize) -> request::Parts {
    let body = Bytes::from(frames.concat());
    let content = match &call.body {
        Some(Body::Frames(_) | Body::Text(_)) => Content::AsItIs(body),
        Some(Body::BytesOverLimit(over)) => {
            let bytes = limit.saturating_add_signed(*over as isize);
            let json = json(call).to_string();
            let missing = bytes.saturating_sub(json.len());
            Content::Message(body, json + &" ".repeat(missing))
        }
        _ => Content::Message(body, json(call).to_string()),
    };
    let method = messages::method(&call.method);
    let streams = method.is_some_and(|method| method.is_server_streaming());
    request::parts(call.protocol, streams, content)
}

/// Where HTTP/1.1 has the server's name in a header, HTTP/2 has it in the URI.
fn name_host(head: &mut Request<()>, http: Http) -> Result<(), CallError> {
    let bad = |error: http::Error| CallError::Request(error.to_string());
    let named = head.headers_mut().remove(HOST);
    let uri = head.uri().clone().into_parts();
    let usual = uri.authority.as_ref().map_or("", |authority| authority.as_str());
    let host = named.map_or_else(|| HeaderValue::from_str(usual), Ok);
    let host = host.map_err(|error| bad(error.into()))?;
    let mut built = Uri::builder();
    if let Some(path) = uri.path_and_query {
        built = built.path_and_query(path);
    }
    if http == Http::One {
        head.headers_mut().insert(HOST, host);
    } else if let Some(scheme) = uri.scheme {
        built = built.scheme(scheme).authority(host.as_bytes());
    }
    *head.uri_mut() = built.build().map_err(bad)?;
    Ok(())
}

fn verb(call: &Call, usual: Method) -> Result<Method, CallError> {
    let Some(verb) = &call.verb else { return Ok(usual) };
    verb.parse().map_err(|_| CallError::Request(format!("{verb} is no HTTP method")))
}

fn trailers(call: &Call) -> Result<Option<HeaderMap>, CallError> {
    if call.trailers.is_empty() {
        return Ok(None);
    }
    let entries = call
        .trailers
        .iter()
        .flat_map(|(name, values)| values.iter().map(move |value| (name.as_str(), value.as_str())));
    header_map(entries).map(Some)
}

fn header_map<'a>(
    entries: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<HeaderMap, CallError> {
    let mut map = HeaderMap::new();
    for (name, value) in entries {
        let bad = || CallError::Request(format!("'{name}: {value}' is no header"));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        map.append(name, HeaderValue::from_bytes(value.as_bytes()).map_err(|_| bad())?);
    }
    Ok(map)
}

/// What a report may show of a header.
fn shown(name: &str, value: &str) -> String {
    match name {
        sign::API_KEY | sign::SIGNATURE => format!("{name}: ({} characters)", value.len()),
        _ => format!("{name}: {value}"),
    }
}

fn frames(call: &Call, limit: usize) -> Result<Vec<Bytes>, CallError> {
    let message = || message(call);
    Ok(match &call.body {
        None => vec![framed(&message()?)],
        Some(Body::Frames(frames)) => {
            frames.iter().map(|digits| from_hex(digits)).collect::<Result<_, _>>()?
        }
        Some(Body::Text(text)) => vec![Bytes::from(text.clone())],
        Some(Body::BytesOverLimit(over)) => {
            let bytes = limit.saturating_add_signed(*over as isize);
            vec![framed(&padded(message()?, bytes)?)]
        }
        Some(Body::UnknownFields(count)) => {
            let fields = UNKNOWN_FIELD.repeat(*count as usize);
            vec![framed(&[message()?, fields].concat())]
        }
        Some(Body::Times(times)) => vec![framed(&message()?); *times as usize],
        Some(Body::PrefixOverLimit(over)) => {
            vec![messages::prefix(limit + *over as usize).to_vec().into()]
        }
    })
}

fn message(call: &Call) -> Result<Vec<u8>, CallError> {
    let name = &call.method;
    let method = messages::method(name)
        .ok_or_else(|| CallError::Request(format!("{name} is no method that the suite knows")))?;
    messages::encode_request(&method, &json(call)).map_err(CallError::Request)
}

fn json(call: &Call) -> Value {
    Value::Object(call.request.clone().unwrap_or_default())
}

/// `message` with an unknown field that makes it this long.
fn padded(mut message: Vec<u8>, bytes: usize) -> Result<Vec<u8>, CallError> {
    // A length of five bytes, whatever it is: a varint may have leading zeros.
    let room = bytes.checked_sub(message.len() + UNKNOWN_BYTES.len() + 5);
    let room = room.ok_or_else(|| CallError::Request(format!("{bytes} bytes have no room")))?;
    message.extend(UNKNOWN_BYTES);
    message.extend([0, 7, 14, 21, 28].map(|shift| {
        let more = if shift < 28 { 0x80 } else { 0 };
        (room >> shift) as u8 & 0x7f | more
    }));
    message.resize(bytes, 0);
    Ok(message)
}

fn framed(message: &[u8]) -> Bytes {
    messages::framed(message).into()
}

fn from_hex(digits: &str) -> Result<Bytes, CallError> {
    let bad = || CallError::Request(format!("'{digits}' is not hexadecimal"));
    let digits: Vec<_> = digits.bytes().filter(|byte| *byte != b' ').collect();
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(bad());
    }
    let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    pairs.iter().map(byte).collect::<Option<Vec<_>>>().map(Bytes::from).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_padded_to_just_so_many_bytes() {
        let name = "mfn.MFNSimulationService/RunSimulation";
        let method = messages::method(name).expect("it is known");
        let message = vec![0x10, 42];
        for bytes in [9, 10, 300, 1 << 20] {
            let padded = padded(message.clone(), bytes).expect("there is room");
            assert_eq!(padded.len(), bytes);
            let request = prost_reflect::DynamicMessage::decode(method.input(), &*padded);
            let request = request.expect("a message");
            assert_eq!(request.get_field_by_name("seed").and_then(|seed| seed.as_i32()), Some(42));
        }
        assert!(padded(message, 8).is_err());
    }

    #[test]
    fn frames_are_written_in_hexadecimal_digits() {
        assert_eq!(from_hex("00 0000000a").expect("digits"), &[0, 0, 0, 0, 10][..]);
        assert!(from_hex("0").is_err());
        assert!(from_hex("0x").is_err());
    }
}
