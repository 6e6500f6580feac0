//! Cross-origin resource sharing: which pages may read answers, and what browsers ask
//! before they send a call.

use std::sync::Arc;

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
    VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri};

/// What a page may send with a call (connectrpc.com/docs/cors, and the three headers of a
/// signature).
const ALLOWED_HEADERS: &str = "Content-Type, Connect-Protocol-Version, Connect-Timeout-Ms, \
    Grpc-Timeout, X-Grpc-Web, X-User-Agent, X-Api-Key, X-Timestamp, X-Signature, X-Request-Id, \
    Traceparent, Tracestate";
/// What a page may read of an answer.
const EXPOSED_HEADERS: &str = "Grpc-Status, Grpc-Message, Grpc-Status-Details-Bin, \
    Grpc-Retry-Pushback-Ms, Retry-After, X-Request-Id, Accept-Post, Allow";
const ALLOWED_METHODS: &str = "GET, POST";
/// Seconds for which a browser need not ask again: as long as any browser keeps it.
const MAX_AGE_SECONDS: &str = "7200";
/// What the answer depends on.
const ASKED_FOR: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/// The origins whose pages may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins(Allowed);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Allowed {
    Any,
    These(Arc<[HeaderValue]>),
}

/// What is no list of origins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no origin: write a scheme, a host and, if it is not the scheme's own, a port, such \
     as https://example.org, or * alone for all"
)]
pub struct InvalidOrigin(String);

impl Origins {
    /// None but the server's own.
    #[must_use]
    pub fn none() -> Self {
        Self(Allowed::These(Arc::new([])))
    }

    /// Those of a list with commas between them, or all, which is written `*`.
    ///
    /// # Errors
    /// Names the first that is no origin.
    pub fn parse(list: &str) -> Result<Self, InvalidOrigin> {
        if list.trim() == "*" {
            return Ok(Self(Allowed::Any));
        }
        let origins = list.split(',').map(|origin| parse_origin(origin.trim()));
        Ok(Self(Allowed::These(origins.collect::<Result<_, _>>()?)))
    }

    /// Whether pages of any origin may call.
    #[must_use]
    pub fn are_all(&self) -> bool {
        self.0 == Allowed::Any
    }

    pub(crate) fn contain(&self, origin: &HeaderValue) -> bool {
        match &self.0 {
            Allowed::Any => true,
            Allowed::These(origins) => origins.contains(origin),
        }
    }

    /// Whether one of them has this host.
    pub(crate) fn have_host(&self, host: &str) -> bool {
        let Allowed::These(origins) = &self.0 else { return false };
        origins.iter().any(|origin| {
            let origin = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
            origin
                .is_some_and(|origin| origin.host().is_some_and(|it| it.eq_ignore_ascii_case(host)))
        })
    }
}

/// An origin as browsers write it (RFC 6454, 6.2).
fn parse_origin(text: &str) -> Result<HeaderValue, InvalidOrigin> {
    let invalid = || InvalidOrigin(text.to_owned());
    let uri: Uri = text.parse().map_err(|_| invalid())?;
    let scheme = uri.scheme_str().ok_or_else(invalid)?;
    let authority = uri.authority().ok_or_else(invalid)?.as_str();
    if !matches!(scheme, "http" | "https") || authority.contains('@') {
        return Err(invalid());
    }
    let origin = format!("{scheme}://{authority}").to_ascii_lowercase();
    if !text.eq_ignore_ascii_case(&origin) {
        return Err(invalid());
    }
    HeaderValue::try_from(origin).map_err(|_| invalid())
}

/// Whether a browser asks by this request what a page may send.
pub(crate) fn is_preflight(head: &Parts) -> bool {
    head.method == Method::OPTIONS
        && head.headers.contains_key(ORIGIN)
        && head.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// What it is answered.
pub(crate) fn answer_preflight<B: Default>(head: &Parts, origins: &Origins) -> Response<B> {
    let mut answer = Response::new(B::default());
    let headers = answer.headers_mut();
    headers.insert(VARY, HeaderValue::from_static(ASKED_FOR));
    let Some(allowed) = allowed_origin(&head.headers, origins) else {
        *answer.status_mut() = StatusCode::FORBIDDEN;
        return answer;
    };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    for (name, value) in [
        (ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS),
        (ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS),
        (ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer
}

/// What is added to an answer, so that the page that asked may read it.
#[derive(Clone, Debug)]
pub(crate) struct Sharing {
    origin: Option<HeaderValue>,
    /// Whether answers differ by the origin of a request.
    varies: bool,
}

impl Sharing {
    /// With the page that sent these `headers`.
    pub(crate) fn with(headers: &HeaderMap, origins: &Origins) -> Self {
        let varies = matches!(&origins.0, Allowed::These(origins) if !origins.is_empty());
        Self { origin: allowed_origin(headers, origins), varies }
    }

    /// Adds it to the head of an answer.
    pub(crate) fn add_to(self, headers: &mut HeaderMap) {
        if self.varies {
            headers.append(VARY, HeaderValue::from(ORIGIN));
        }
        if let Some(origin) = self.origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            let exposed = exposed_headers(headers);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }
}

/// As it is named in the answer, if it is allowed. Credentials of browsers (cookies) are
/// never asked for, so `*` means all.
fn allowed_origin(headers: &HeaderMap, origins: &Origins) -> Option<HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    match &origins.0 {
        Allowed::Any => Some(HeaderValue::from_static("*")),
        Allowed::These(origins) => origins.contains(origin).then(|| origin.clone()),
    }
}

/// Those that are always exposed, and the trailers that an answer of Connect has among
/// its headers.
fn exposed_headers(headers: &HeaderMap) -> HeaderValue {
    let is_trailer = |name: &&HeaderName| name.as_str().starts_with("trailer-");
    let trailers = headers.keys().filter(is_trailer);
    let names =
        trailers.fold(EXPOSED_HEADERS.to_owned(), |names, trailer| names + ", " + trailer.as_str());
    HeaderValue::try_from(names).unwrap_or(HeaderValue::from_static(EXPOSED_HEADERS))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn preflight(origin: &str, origins: &str) -> Response<()> {
        let request = Request::options("/a.B/C")
            .header(ORIGIN, origin)
            .header(ACCESS_CONTROL_REQUEST_METHOD, "POST");
        let (head, ()) = request.body(()).expect("a request").into_parts();
        assert!(is_preflight(&head));
        answer_preflight(&head, &Origins::parse(origins).expect("origins"))
    }

    // shows MFN-WEB-022, MFN-WEB-024
    #[test]
    fn a_page_of_an_allowed_origin_may_send_calls_and_no_other() {
        let allowed = preflight("https://a.example", "https://b.example, https://a.example");
        assert_eq!(allowed.status(), StatusCode::NO_CONTENT);
        assert_eq!(allowed.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "https://a.example");
        let refused = preflight("https://c.example", "https://a.example");
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        assert!(!refused.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
        let any = preflight("https://c.example", "*");
        assert_eq!(any.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    }

    #[test]
    fn only_origins_as_browsers_write_them_are_taken() {
        assert_eq!(
            Origins::parse("HTTPS://Example.org"),
            Origins::parse("https://example.org"),
            "a host has no case"
        );
        for wrong in [
            "example.org",
            "https://example.org/",
            "https://example.org/path",
            "ftp://example.org",
            "https://a@example.org",
            "https://a,,https://b",
            "https://a,*",
            "null",
            "",
        ] {
            assert!(Origins::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_answer_names_the_trailers_that_a_page_may_read() {
        let origins = Origins::parse("https://a.example").expect("an origin");
        let asked = HeaderMap::from_iter([(ORIGIN, HeaderValue::from_static("https://a.example"))]);
        let name = HeaderName::from_static("trailer-x");
        let mut answer = HeaderMap::from_iter([(name, HeaderValue::from_static("1"))]);
        Sharing::with(&asked, &origins).add_to(&mut answer);
        let exposed = answer[ACCESS_CONTROL_EXPOSE_HEADERS].to_str().expect("ASCII");
        assert!(exposed.starts_with("Grpc-Status, ") && exposed.ends_with(", trailer-x"));
        assert_eq!(answer[VARY], "origin");
    }
}
