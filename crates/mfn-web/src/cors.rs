//! Cross-origin resource sharing: which pages may read answers, and what browsers ask
//! before they send a call.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
    VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};

use crate::config::Config;
use crate::origins::Origins;

/// What a page may send with a call by any of the protocols (connectrpc.com/docs/cors).
const ALLOWED_HEADERS: [&str; 6] = [
    "content-type",
    "connect-protocol-version",
    "connect-timeout-ms",
    "grpc-timeout",
    "x-grpc-web",
    "x-user-agent",
];
/// What a page may read of an answer by any of them.
const EXPOSED_HEADERS: [&str; 6] = [
    "grpc-status",
    "grpc-message",
    "grpc-status-details-bin",
    "grpc-retry-pushback-ms",
    "accept-post",
    "allow",
];
const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET, POST");
/// Seconds for which a browser need not ask again: as long as any browser keeps it.
const MAX_AGE_SECONDS: HeaderValue = HeaderValue::from_static("7200");
/// What the answer to a preflight depends on.
const PREFLIGHT_VARIES_BY: HeaderValue = HeaderValue::from_static(
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
);

/// What pages of other origins may do.
#[derive(Clone, Debug)]
pub(crate) struct Cors {
    pub(crate) origins: Origins,
    allowed_headers: HeaderValue,
    exposed_headers: HeaderValue,
}

impl Cors {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            origins: config.origins.clone(),
            allowed_headers: list(&ALLOWED_HEADERS, &config.allowed_headers),
            exposed_headers: list(&EXPOSED_HEADERS, &config.exposed_headers),
        }
    }

    /// What a preflight with this `head` is answered.
    pub(crate) fn answer_preflight(&self, head: &Parts) -> Response<Bytes> {
        let mut answer = Response::new(Bytes::new());
        let headers = answer.headers_mut();
        headers.insert(VARY, PREFLIGHT_VARIES_BY);
        let Some(allowed) = self.allowed_origin(&head.headers) else {
            *answer.status_mut() = StatusCode::FORBIDDEN;
            return answer;
        };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS);
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, self.allowed_headers.clone());
        headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS);
        *answer.status_mut() = StatusCode::NO_CONTENT;
        answer
    }

    /// What is added to the answer of a request with these `headers`.
    pub(crate) fn of_answer(&self, headers: &HeaderMap) -> CorsHeaders {
        let origin = self.allowed_origin(headers);
        CorsHeaders {
            exposed: origin.as_ref().map(|_| self.exposed_headers.clone()),
            origin,
            varies: !self.origins.are_none() && !self.origins.are_all(),
        }
    }

    /// As it is named in the answer, if it is allowed. Credentials of browsers (cookies) are
    /// never asked for, so `*` means all.
    fn allowed_origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(ORIGIN).filter(|origin| self.origins.contain(origin))?;
        Some(if self.origins.are_all() { HeaderValue::from_static("*") } else { origin.clone() })
    }
}

/// Whether a browser asks by this request what a page may send.
pub(crate) fn is_preflight(head: &Parts) -> bool {
    head.method == Method::OPTIONS
        && head.headers.contains_key(ORIGIN)
        && head.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// What an answer has so that the page which called may read it.
#[derive(Clone, Debug)]
pub(crate) struct CorsHeaders {
    origin: Option<HeaderValue>,
    exposed: Option<HeaderValue>,
    /// Whether answers differ by the origin of a request.
    varies: bool,
}

impl CorsHeaders {
    /// Adds them to the head of an answer.
    pub(crate) fn add_to(self, headers: &mut HeaderMap) {
        if self.varies {
            headers.append(VARY, HeaderValue::from(ORIGIN));
        }
        if let (Some(origin), Some(exposed)) = (self.origin, self.exposed) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            let exposed = with_trailers(exposed, headers);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }
}

/// The names of headers, as one value.
fn list(of_protocols: &[&str], of_server: &[HeaderName]) -> HeaderValue {
    let of_server = of_server.iter().map(HeaderName::as_str);
    let names: Vec<_> = of_protocols.iter().copied().chain(of_server).collect();
    HeaderValue::try_from(names.join(", ")).expect("names of headers are ASCII")
}

/// `exposed`, and the trailers that an answer of Connect has among its `headers`.
fn with_trailers(exposed: HeaderValue, headers: &HeaderMap) -> HeaderValue {
    let names = headers.keys().map(HeaderName::as_str);
    let trailers: Vec<_> = names.filter(|name| name.starts_with("trailer-")).collect();
    if trailers.is_empty() {
        return exposed;
    }
    let all = [exposed.as_bytes(), b", ", trailers.join(", ").as_bytes()].concat();
    HeaderValue::try_from(all).unwrap_or(exposed)
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn cors(origins: &str) -> Cors {
        Cors::new(&Config {
            origins: Origins::parse(origins).expect("origins"),
            allowed_headers: vec![HeaderName::from_static("x-own")],
            exposed_headers: vec![HeaderName::from_static("x-told")],
            ..Config::of(&[]).expect("nothing goes together")
        })
    }

    fn preflight(origin: &str, origins: &str) -> Response<Bytes> {
        let request = Request::options("/a.B/C")
            .header(ORIGIN, origin)
            .header(ACCESS_CONTROL_REQUEST_METHOD, "POST");
        let (head, ()) = request.body(()).expect("a request").into_parts();
        assert!(is_preflight(&head));
        cors(origins).answer_preflight(&head)
    }

    // shows MFN-WEB-022, MFN-WEB-024
    #[test]
    fn a_page_of_an_allowed_origin_may_send_calls_and_no_other() {
        let allowed = preflight("https://a.example", "https://b.example, https://a.example");
        assert_eq!(allowed.status(), StatusCode::NO_CONTENT);
        assert_eq!(allowed.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "https://a.example");
        let headers = allowed.headers()[ACCESS_CONTROL_ALLOW_HEADERS].to_str().expect("ASCII");
        assert!(headers.starts_with("content-type, ") && headers.ends_with(", x-own"), "{headers}");
        let refused = preflight("https://c.example", "https://a.example");
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        assert!(!refused.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
        let any = preflight("https://c.example", "*");
        assert_eq!(any.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    }

    #[test]
    fn an_answer_names_the_trailers_that_a_page_may_read() {
        let asked = HeaderMap::from_iter([(ORIGIN, HeaderValue::from_static("https://a.example"))]);
        let name = HeaderName::from_static("trailer-x");
        let mut answer = HeaderMap::from_iter([(name, HeaderValue::from_static("1"))]);
        cors("https://a.example").of_answer(&asked).add_to(&mut answer);
        let exposed = answer[ACCESS_CONTROL_EXPOSE_HEADERS].to_str().expect("ASCII");
        assert!(exposed.starts_with("grpc-status, ") && exposed.ends_with(", x-told, trailer-x"));
        assert_eq!(answer[VARY], "origin");
    }
}
