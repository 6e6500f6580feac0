//! What Connect has of its own: errors in JSON, and the end of a stream.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use conformance_wire::CODE_NAMES;
use conformance_wire::messages::Status;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use prost::Message as _;
use prost_types::Any;
use serde::Deserialize;
use serde_json::Value;

use crate::fault::Fault;

/// What the names of trailers begin with where they are headers.
const TRAILER: &str = "trailer-";
/// Connect's name of `CANCELLED`.
const CANCELED: &str = "canceled";
/// What the type of a message in an `Any` begins with.
const TYPE_URL: &str = "type.googleapis.com/";
/// The status of each code in HTTP, by its number.
const HTTP: [u16; 17] =
    [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];

/// An error.
#[derive(Debug, Deserialize)]
struct ErrorJson {
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Debug, Deserialize)]
struct Detail {
    #[serde(rename = "type")]
    kind: String,
    value: String,
}

/// What comes last of a stream.
#[derive(Debug, Deserialize)]
struct EndStream {
    error: Option<ErrorJson>,
    #[serde(default)]
    metadata: BTreeMap<String, Vec<String>>,
}

/// Those of an answer that is OK.
pub(crate) fn trailers(headers: &HeaderMap) -> HeaderMap {
    let mut trailers = ok();
    for (name, value) in headers {
        let name = name.as_str().strip_prefix(TRAILER);
        if let Some(name) = name.and_then(|name| HeaderName::from_bytes(name.as_bytes()).ok()) {
            trailers.append(name, value.clone());
        }
    }
    trailers
}

/// What an error is by gRPC.
///
/// # Errors
/// It is none by Connect.
pub(crate) fn error_answer(status: StatusCode, body: &[u8]) -> Result<HeaderMap, Fault> {
    let error: ErrorJson = read(body, "an error in JSON")?;
    let trailers = of_error(&error)?;
    let wanted = error_code(&error.code).map_or(0, |number| HTTP[number]);
    let holds = status.as_u16() == wanted || unknown_method_is_not_found(&error, status);
    if holds {
        return Ok(trailers);
    }
    let expected = format!("HTTP status {wanted} for {}", error.code);
    Err(Fault { expected, actual: format!("HTTP status {status}") })
}

/// The trailers that the last envelope of a stream has.
///
/// # Errors
/// It has none by Connect.
pub(crate) fn end_of_stream(last: &[u8]) -> Result<HeaderMap, Fault> {
    let EndStream { error, metadata } = read(last, "the end of a stream in JSON")?;
    let mut trailers = error.map_or_else(|| Ok(ok()), |error| of_error(&error))?;
    for (name, values) in metadata {
        for value in values {
            let bad = || Fault {
                expected: "metadata that headers could be".to_owned(),
                actual: format!("{name}: {value}"),
            };
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
            trailers.append(name, HeaderValue::from_str(&value).map_err(|_| bad())?);
        }
    }
    Ok(trailers)
}

/// HTTP has a status of its own for a path that nobody answers, and Connect reads it as the
/// same code.
fn unknown_method_is_not_found(error: &ErrorJson, status: StatusCode) -> bool {
    status == StatusCode::NOT_FOUND && error.code == "unimplemented"
}

fn ok() -> HeaderMap {
    HeaderMap::from_iter([(HeaderName::from_static("grpc-status"), HeaderValue::from(0))])
}

fn of_error(error: &ErrorJson) -> Result<HeaderMap, Fault> {
    let number = error_code(&error.code).ok_or_else(|| Fault {
        expected: "the name of a code".to_owned(),
        actual: error.code.clone(),
    })?;
    let details = error.details.iter().map(any).collect::<Result<Vec<_>, _>>()?;
    let status = Status { code: number as i32, message: error.message.clone(), details };
    let message = utf8_percent_encode(&error.message, NON_ALPHANUMERIC).to_string();
    let encoded = STANDARD_NO_PAD.encode(status.encode_to_vec());
    let texts = [
        ("grpc-status", number.to_string()),
        ("grpc-message", message),
        ("grpc-status-details-bin", encoded),
    ];
    let header = |(name, text): (&'static str, String)| {
        Some((HeaderName::from_static(name), HeaderValue::from_str(&text).ok()?))
    };
    Ok(texts.into_iter().filter_map(header).collect())
}

/// The number of the code of an error, by its name in Connect.
#[must_use]
pub fn error_code(name: &str) -> Option<usize> {
    let is_it = |known: &&'static str| match *known {
        "CANCELLED" => name == CANCELED,
        known => known.to_lowercase() == name,
    };
    CODE_NAMES.iter().position(is_it).filter(|number| *number > 0)
}

fn any(Detail { kind, value }: &Detail) -> Result<Any, Fault> {
    let bad = |actual: String| Fault {
        expected: "a detail with the name of its message and base64 without padding".to_owned(),
        actual,
    };
    if kind.is_empty() || kind.contains('/') {
        return Err(bad(format!("the type '{kind}'")));
    }
    let value = STANDARD_NO_PAD.decode(value).map_err(|error| bad(error.to_string()))?;
    Ok(Any { type_url: TYPE_URL.to_owned() + kind, value })
}

fn read<'a, T: Deserialize<'a>>(json: &'a [u8], what: &str) -> Result<T, Fault> {
    serde_json::from_slice(json).map_err(|error| {
        let came = serde_json::from_slice::<Value>(json).is_ok();
        let actual = if came { error.to_string() } else { format!("no JSON: {error}") };
        Fault { expected: what.to_owned(), actual }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: &[u8] = br#"{"code":"unauthenticated","message":"sign it",
        "details":[{"type":"google.rpc.RequestInfo","value":"CgFh","debug":{"requestId":"a"}}]}"#;

    #[test]
    fn an_error_is_what_grpc_has() {
        let trailers = error_answer(StatusCode::UNAUTHORIZED, REFUSED).expect("an error");
        assert_eq!(trailers["grpc-status"], "16");
        assert_eq!(trailers["grpc-message"], "sign%20it");
        let status = STANDARD_NO_PAD.decode(&trailers["grpc-status-details-bin"]).expect("base64");
        let status = Status::decode(&*status).expect("a status");
        assert_eq!(status.details[0].type_url, "type.googleapis.com/google.rpc.RequestInfo");
        assert_eq!(status.details[0].value, [10, 1, b'a']);
    }

    #[test]
    fn another_status_of_http_or_another_form_is_a_fault() {
        let faulty = |status, body: &str| error_answer(status, body.as_bytes()).is_err();
        assert!(error_answer(StatusCode::BAD_REQUEST, REFUSED).is_err());
        assert!(faulty(StatusCode::INTERNAL_SERVER_ERROR, "internal"));
        assert!(faulty(StatusCode::INTERNAL_SERVER_ERROR, r#"{"code":"INTERNAL"}"#));
        assert!(faulty(StatusCode::OK, r#"{"code":"ok"}"#));
        let padded = r#"{"code":"internal","details":[{"type":"a.B","value":"CgE="}]}"#;
        assert!(faulty(StatusCode::INTERNAL_SERVER_ERROR, padded));
    }

    #[test]
    fn the_end_of_a_stream_has_metadata_and_an_error() {
        let end = br#"{"error":{"code":"canceled"},"metadata":{"retry-after":["1","2"]}}"#;
        let trailers = end_of_stream(end).expect("an end");
        assert_eq!(trailers["grpc-status"], "1");
        assert_eq!(trailers.get_all("retry-after").iter().count(), 2);
        assert_eq!(end_of_stream(b"{}").expect("an end")["grpc-status"], "0");
        assert!(end_of_stream(b"").is_err());
    }
}
