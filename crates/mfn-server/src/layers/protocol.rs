//! Refuses what is HTTP/2 and not gRPC, in the words of HTTP. tonic would try
//! to make a call of it.

use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};

use super::answer_body::{Answer, AnswerBody, Bound};
use super::around::{Gate, Refusal};

/// Longest list of a request's headers. HTTP/2's library takes somewhat longer ones
/// (`connection/http2`), so that such a call is refused here, where it has a line in
/// the audit.
const MAX_HEADER_LIST_BYTES: usize = 16 * 1024;

/// What to change, for those who read it.
const SPEAK_GRPC: &str =
    "send a POST with the content type application/grpc: this server speaks gRPC\n";
const SHORTER_HEADERS: &str = "send a header list of at most 16384 bytes, as HTTP/2 counts them\n";

/// What the content type of a gRPC call begins with.
const GRPC: &[u8] = b"application/grpc";

/// Lets gRPC pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Protocol;

impl Gate for Protocol {
    fn check<B>(&self, call: &mut Request<B>) -> Result<(), Refusal> {
        refusal(call.method(), call.headers())
            .map_or(Ok(()), |answer| Err(Refusal::Answer(Box::new(answer))))
    }
}

fn refusal(method: &Method, headers: &HeaderMap) -> Option<Answer> {
    let (status, advice) = if list_bytes(headers) > MAX_HEADER_LIST_BYTES {
        (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, SHORTER_HEADERS)
    } else if method != Method::POST {
        (StatusCode::METHOD_NOT_ALLOWED, SPEAK_GRPC)
    } else if !headers.get(CONTENT_TYPE).is_some_and(is_grpc) {
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, SPEAK_GRPC)
    } else {
        return None;
    };
    let advice = Full::from(advice).map_err(|never| match never {});
    let mut response = Answer::new(AnswerBody::frames(advice, Bound::None));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    }
    Some(response)
}

/// The length of a request's headers as HTTP/2 counts it (RFC 9113, 6.5.2). What
/// comes before them is left out: it is the method's path and little else.
fn list_bytes(headers: &HeaderMap) -> usize {
    const BESIDE: usize = 32;
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + BESIDE).sum()
}

/// `application/grpc`, alone or with a message format or parameters after it.
fn is_grpc(content_type: &HeaderValue) -> bool {
    let Some((media_type, rest)) = content_type.as_bytes().split_at_checked(GRPC.len()) else {
        return false;
    };
    // Letters of either case: it is a media type (RFC 9110).
    media_type.eq_ignore_ascii_case(GRPC) && matches!(rest.first(), None | Some(b'+' | b';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(method: &Method, content_type: Option<&'static str>) -> Option<StatusCode> {
        let mut headers = HeaderMap::new();
        headers.extend(content_type.map(|value| (CONTENT_TYPE, HeaderValue::from_static(value))));
        refusal(method, &headers).map(|response| response.status())
    }

    // shows MFN-TRANS-011
    #[test]
    fn a_list_of_headers_may_have_16_kib_and_no_byte_more() {
        let status_with = |bytes: usize| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
            let room = bytes - list_bytes(&headers) - "x-filler".len() - 32;
            let filler = HeaderValue::from_str(&"x".repeat(room)).expect("a header");
            headers.insert("x-filler", filler);
            refusal(&Method::POST, &headers).map(|response| response.status())
        };
        assert_eq!(status_with(16 * 1024), None);
        let too_large = Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_eq!(status_with(16 * 1024 + 1), too_large);
    }

    // shows MFN-TRANS-031
    #[test]
    fn only_posts_of_grpc_pass() {
        for grpc in [
            "application/grpc",
            "application/grpc+proto",
            "application/grpc;a=b",
            "Application/gRPC",
        ] {
            assert_eq!(status(&Method::POST, Some(grpc)), None, "{grpc}");
            assert_eq!(status(&Method::GET, Some(grpc)), Some(StatusCode::METHOD_NOT_ALLOWED));
        }
        for other in [None, Some("text/plain"), Some("application/grpc-web"), Some("")] {
            let refused = status(&Method::POST, other);
            assert_eq!(refused, Some(StatusCode::UNSUPPORTED_MEDIA_TYPE), "{other:?}");
        }
    }
}
