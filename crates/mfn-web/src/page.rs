//! The page that a browser is shown at `/`.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response};

/// The page, and what it has to know of the server.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Whether calls have to be signed with a key.
    pub needs_key: bool,
}

impl Page {
    /// What GET of this `path` is answered, which is that of no method; none if there is
    /// nothing. To HEAD the head of it alone is sent.
    pub(crate) fn answer(&self, path: &str, _headers: &HeaderMap) -> Option<Response<Bytes>> {
        if path != "/" {
            return None;
        }
        let mut answer =
            Response::new(Bytes::from_static(b"<!DOCTYPE html>\n<title>mfn</title>\n"));
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        answer.headers_mut().insert(CONTENT_TYPE, html);
        Some(answer)
    }
}
