//! Which paths there are, and what each is answered.

use bytes::Bytes;
use http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;

use super::accept::Format;
use super::exposition::Exposition;

const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
/// What is there, for who looks with a browser.
const INDEX: &str = "<!DOCTYPE html>\n<title>mfn</title>\n<ul>\n\
    <li><a href=\"/metrics\">/metrics</a>\n\
    <li><a href=\"/livez\">/livez</a>\n\
    <li><a href=\"/readyz\">/readyz</a>\n</ul>\n";
const WHAT_THERE_IS: &str = "ask for /metrics, /livez or /readyz\n";
const METHODS: &str = "GET, HEAD";

/// See the module.
#[derive(Debug)]
pub(super) struct Routes(Exposition);

impl Routes {
    pub(super) fn new(exposition: Exposition) -> Self {
        Self(exposition)
    }

    /// What `request` is answered, whose body is of no interest. To HEAD the transport
    /// sends the head alone.
    pub(super) fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let route = match request.uri().path() {
            "/" => || (StatusCode::OK, HTML, INDEX.to_owned()),
            "/livez" => || (StatusCode::OK, TEXT, "alive\n".to_owned()),
            "/readyz" => return only_read(request, |_| self.readiness()),
            "/metrics" => return only_read(request, |request| self.metrics(request)),
            _ => return answer((StatusCode::NOT_FOUND, TEXT, WHAT_THERE_IS.to_owned())),
        };
        only_read(request, |_| route())
    }

    fn readiness(&self) -> Content {
        let state = self.0.readiness();
        let is_ready = state.is_ready();
        let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (status, TEXT, format!("{}\n", state.description()))
    }

    fn metrics<B>(&self, request: &Request<B>) -> Content {
        let format = Format::asked_for_by(request.headers().get_all(ACCEPT));
        match self.0.encode(format) {
            Ok(text) => (StatusCode::OK, format.content_type(), text),
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, TEXT, format!("{error}\n")),
        }
    }
}

fn only_read<B>(
    request: &Request<B>,
    content: impl FnOnce(&Request<B>) -> Content,
) -> Response<Full<Bytes>> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return answer(content(request));
    }
    let text = format!("ask with {METHODS}\n");
    let mut refusal = answer((StatusCode::METHOD_NOT_ALLOWED, TEXT, text));
    refusal.headers_mut().insert(ALLOW, HeaderValue::from_static(METHODS));
    refusal
}

/// Status, content type and body of an answer.
type Content = (StatusCode, &'static str, String);

fn answer((status, content_type, body): Content) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::from(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
