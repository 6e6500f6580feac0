//! Refuses what is not gRPC, in the words of HTTP. tonic would try to make a call of it.
//! What the web has taken up is gRPC by now, and what it refuses itself comes by here, too,
//! so that it is recorded.

use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};

use super::answer_body::{Answer, AnswerBody, Bound};
use super::around::{Gate, Refusal};

/// Longest list of a request's headers, its path with it. The transport takes somewhat
/// longer ones (`connection/http1`, `connection/http2`), so that such a call is refused
/// here, where it has a line in the audit.
const MAX_HEADER_LIST_BYTES: usize = 16 * 1024;

/// What to change, for those who read it. A server with the web has words of its own.
const SPEAK_GRPC: &str =
    "send a POST with the content type application/grpc: this server speaks gRPC\n";
const SHORTER_HEADERS: &str =
    "send a path and headers of at most 16384 bytes together, as HTTP/2 counts them\n";

/// What the content type of a gRPC call begins with.
const GRPC: &[u8] = b"application/grpc";

/// Lets gRPC pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Protocol;

impl Gate for Protocol {
    fn check<B>(&self, call: &mut Request<B>) -> Result<(), Refusal> {
        refusal(call).map_or(Ok(()), |answer| Err(Refusal::Answer(Box::new(answer))))
    }
}

fn refusal<B>(call: &Request<B>) -> Option<Answer> {
    let (method, headers) = (call.method(), call.headers());
    let (status, advice) = if list_bytes(call.uri(), headers) > MAX_HEADER_LIST_BYTES {
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

/// The length of a request's headers as HTTP/2 counts it (RFC 9113, 6.5.2). Its path is
/// one of them there, and has a query, which may be long. The others of that kind are left
/// out: they are short.
fn list_bytes(uri: &Uri, headers: &HeaderMap) -> usize {
    const BESIDE: usize = 32;
    let path = uri.path_and_query().map_or(0, |path| path.as_str().len());
    let headers = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + BESIDE);
    ":path".len() + path + BESIDE + headers.sum::<usize>()
}

/// `application/grpc`, alone or with a message format or parameters after it.
fn is_grpc(content_type: &HeaderValue) -> bool {
    // Mostly it is just that.
    if content_type.as_bytes() == GRPC {
        return true;
    }
    let Some((media_type, rest)) = content_type.as_bytes().split_at_checked(GRPC.len()) else {
        return false;
    };
    // Letters of either case: it is a media type (RFC 9110).
    media_type.eq_ignore_ascii_case(GRPC) && matches!(rest.first(), None | Some(b'+' | b';'))
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use tower::{Layer as _, ServiceExt as _, service_fn};

    use super::*;
    use crate::layers::around::AroundLayer;

    fn status(method: &Method, content_type: Option<&'static str>) -> Option<StatusCode> {
        let mut call = Request::new(());
        *call.method_mut() = method.clone();
        let content_type = content_type.map(HeaderValue::from_static);
        call.headers_mut().extend(content_type.map(|value| (CONTENT_TYPE, value)));
        refusal(&call).map(|response| response.status())
    }

    /// That of a call whose list has so many bytes, half of them in its query if it has one.
    fn status_with(bytes: usize, has_query: bool) -> Option<StatusCode> {
        let query = if has_query { format!("/?{}", "x".repeat(bytes / 2)) } else { "/".to_owned() };
        let call = Request::post(query).header(CONTENT_TYPE, "application/grpc");
        let mut call = call.header("x-filler", "").body(()).expect("a request");
        let room = bytes - list_bytes(call.uri(), call.headers());
        let filler = HeaderValue::from_str(&"x".repeat(room)).expect("a header");
        call.headers_mut().insert("x-filler", filler);
        refusal(&call).map(|response| response.status())
    }

    // shows MFN-TRANS-011
    #[test]
    fn a_list_of_headers_may_have_16_kib_and_no_byte_more() {
        assert_eq!(status_with(16 * 1024, false), None);
        let too_large = Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_eq!(status_with(16 * 1024 + 1, false), too_large);
    }

    // shows MFN-TRANS-011
    #[test]
    fn a_query_counts_among_the_headers() {
        assert_eq!(status_with(16 * 1024, true), None);
        let too_large = Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_eq!(status_with(16 * 1024 + 1, true), too_large);
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

    // shows MFN-TRANS-011
    #[test]
    fn a_list_is_as_long_as_its_names_and_values_and_32_bytes_for_each() {
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/grpc")),
            (ALLOW, HeaderValue::from_static("")),
        ]);
        let uri = Uri::from_static("http://authority.of.any.length/path?query");
        let path = ":path".len() + "/path?query".len() + 32;
        assert_eq!(list_bytes(&uri, &HeaderMap::new()), path);
        let content_type = "content-type".len() + "application/grpc".len() + 32;
        assert_eq!(list_bytes(&uri, &headers), path + content_type + "allow".len() + 32);
    }

    #[tokio::test]
    async fn what_is_refused_is_told_in_words_of_http_what_to_change() {
        let service =
            AroundLayer(Protocol).layer(service_fn(|_: Request<()>| ready(Ok(Answer::default()))));
        let get = Request::get("/").body(()).expect("a request");
        let text = Request::post("/").header(CONTENT_TYPE, "text/plain").body(());
        let long = Request::post(format!("/{}", "x".repeat(16 * 1024))).body(());
        for (call, status, advice, allowed) in [
            (get, StatusCode::METHOD_NOT_ALLOWED, SPEAK_GRPC, Some("POST")),
            (text.expect("a request"), StatusCode::UNSUPPORTED_MEDIA_TYPE, SPEAK_GRPC, None),
            (
                long.expect("a request"),
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                SHORTER_HEADERS,
                None,
            ),
        ] {
            let answer = service.clone().oneshot(call).await.expect("always an answer");
            assert_eq!(answer.status(), status);
            assert_eq!(answer.headers()[CONTENT_TYPE], "text/plain");
            assert_eq!(
                answer.headers().get(ALLOW).map(HeaderValue::as_bytes),
                allowed.map(str::as_bytes)
            );
            let text = answer.into_body().collect().await.expect("no error").to_bytes();
            assert_eq!(text, advice);
        }
        let call = Request::post("/").header(CONTENT_TYPE, "application/grpc").body(());
        let call = call.expect("a request");
        let answer = service.oneshot(call).await.expect("always an answer");
        assert_eq!(answer.status(), StatusCode::OK);
    }
}
