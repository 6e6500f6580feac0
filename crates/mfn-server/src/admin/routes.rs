//! Which paths there are, and what each is answered.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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
/// Texts of all metrics that there may be at once: with thousands of keys each is several
/// MiB. Who asks for a further one waits until one of them is sent.
pub(super) const MAX_TEXTS: usize = 2;

/// See the module.
#[derive(Debug)]
pub(super) struct Routes {
    exposition: Exposition,
    texts: Arc<Semaphore>,
}

impl Routes {
    pub(super) fn new(exposition: Exposition) -> Self {
        Self { exposition, texts: Arc::new(Semaphore::new(MAX_TEXTS)) }
    }

    /// What `request` is answered, whose body is of no interest. To HEAD the transport
    /// sends the head alone.
    pub(super) async fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        match request.uri().path() {
            "/" | "/livez" | "/readyz" | "/metrics" if !is_read => only_to_be_read(),
            "/" => answer((StatusCode::OK, HTML, INDEX.into())),
            "/livez" => answer((StatusCode::OK, TEXT, "alive\n".into())),
            "/readyz" => answer(self.readiness()),
            "/metrics" => answer(self.metrics(request).await),
            _ => answer((StatusCode::NOT_FOUND, TEXT, WHAT_THERE_IS.into())),
        }
    }

    fn readiness(&self) -> Content {
        let state = self.exposition.readiness();
        let is_ready = state.is_ready();
        let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (status, TEXT, format!("{}\n", state.description()).into())
    }

    async fn metrics<B>(&self, request: &Request<B>) -> Content {
        let format = Format::asked_for_by(request.headers().get_all(ACCEPT));
        // It is never closed.
        let place = Arc::clone(&self.texts).acquire_owned().await.ok();
        match self.exposition.encode(format) {
            Ok(text) => {
                let text = Bytes::from_owner(Text { text, _place: place });
                (StatusCode::OK, format.content_type(), text)
            }
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, TEXT, format!("{error}\n").into()),
        }
    }
}

/// All metrics, which have their place until they are sent.
struct Text {
    text: String,
    _place: Option<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

fn only_to_be_read() -> Response<Full<Bytes>> {
    let text = format!("ask with {METHODS}\n");
    let mut refusal = answer((StatusCode::METHOD_NOT_ALLOWED, TEXT, text.into()));
    refusal.headers_mut().insert(ALLOW, HeaderValue::from_static(METHODS));
    refusal
}

/// Status, content type and body of an answer.
type Content = (StatusCode, &'static str, Bytes);

fn answer((status, content_type, body): Content) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
