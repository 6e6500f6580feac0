//! The page that a browser is shown at `/`, and below `/page/` what it consists of.
//!
//! It is plain modules, embedded as they lie in the folder `page`, and calls the server
//! that it is from like any other client.

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

/// The page, and what it has to know of the server.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Whether calls have to be signed with a key.
    pub needs_key: bool,
}

impl Page {
    /// What GET of this `path` is answered, which is that of no method; none if there is
    /// nothing. To HEAD the head of it alone is sent.
    pub(crate) fn answer(self, path: &str, headers: &HeaderMap) -> Option<Response<Bytes>> {
        let asset = match path {
            SERVER if self.needs_key => &WITH_KEYS,
            SERVER => &WITHOUT_KEYS,
            _ => ASSETS.iter().find(|asset| asset.path == path)?,
        };
        Some(asset.answer(headers))
    }
}

/// What the page asks to learn of the server.
const SERVER: &str = "/page/server.json";
const WITH_KEYS: Asset = Asset::new(SERVER, JSON, br#"{"needs_key":true}"#);
const WITHOUT_KEYS: Asset = Asset::new(SERVER, JSON, br#"{"needs_key":false}"#);

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const PICTURE: &str = "image/svg+xml";
const JSON: &str = "application/json";

/// The files of the page.
const ASSETS: &[Asset] = &[
    Asset::new("/", HTML, include_bytes!("../page/index.html")),
    Asset::new("/page/analysis.js", SCRIPT, include_bytes!("../page/analysis.js")),
    Asset::new("/page/colour_map.js", SCRIPT, include_bytes!("../page/colour_map.js")),
    Asset::new("/page/connect.js", SCRIPT, include_bytes!("../page/connect.js")),
    Asset::new("/page/curves.js", SCRIPT, include_bytes!("../page/curves.js")),
    Asset::new("/page/display.js", SCRIPT, include_bytes!("../page/display.js")),
    Asset::new("/page/downloads.js", SCRIPT, include_bytes!("../page/downloads.js")),
    Asset::new("/page/failure.js", SCRIPT, include_bytes!("../page/failure.js")),
    Asset::new("/page/features.js", SCRIPT, include_bytes!("../page/features.js")),
    Asset::new("/page/field_view.js", SCRIPT, include_bytes!("../page/field_view.js")),
    Asset::new("/page/fourier.js", SCRIPT, include_bytes!("../page/fourier.js")),
    Asset::new("/page/icon.svg", PICTURE, include_bytes!("../page/icon.svg")),
    Asset::new("/page/keyboard.js", SCRIPT, include_bytes!("../page/keyboard.js")),
    Asset::new("/page/log_log.js", SCRIPT, include_bytes!("../page/log_log.js")),
    Asset::new("/page/main.js", SCRIPT, include_bytes!("../page/main.js")),
    Asset::new("/page/messages.js", SCRIPT, include_bytes!("../page/messages.js")),
    Asset::new("/page/parameters.js", SCRIPT, include_bytes!("../page/parameters.js")),
    Asset::new("/page/player.js", SCRIPT, include_bytes!("../page/player.js")),
    Asset::new("/page/png_texts.js", SCRIPT, include_bytes!("../page/png_texts.js")),
    Asset::new("/page/recording.js", SCRIPT, include_bytes!("../page/recording.js")),
    Asset::new("/page/request_view.js", SCRIPT, include_bytes!("../page/request_view.js")),
    Asset::new("/page/run.js", SCRIPT, include_bytes!("../page/run.js")),
    Asset::new("/page/scale.js", SCRIPT, include_bytes!("../page/scale.js")),
    Asset::new("/page/signing.js", SCRIPT, include_bytes!("../page/signing.js")),
    Asset::new("/page/snippets.js", SCRIPT, include_bytes!("../page/snippets.js")),
    Asset::new("/page/statistics.js", SCRIPT, include_bytes!("../page/statistics.js")),
    Asset::new("/page/style.css", CSS, include_bytes!("../page/style.css")),
    Asset::new("/page/svg.js", SCRIPT, include_bytes!("../page/svg.js")),
    Asset::new("/page/ticks.js", SCRIPT, include_bytes!("../page/ticks.js")),
];

/// What all of it is sent with. Nothing from elsewhere is loaded or called, nothing inline
/// is run, and no other page may have this one in a frame.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    // A browser asks each time whether its copy is that of the server that runs now.
    (CACHE_CONTROL, "no-cache"),
];

/// A file as it is sent.
struct Asset {
    path: &'static str,
    content_type: &'static str,
    content: &'static [u8],
    /// A hash of the content.
    version: u64,
}

impl Asset {
    const fn new(path: &'static str, content_type: &'static str, content: &'static [u8]) -> Self {
        Self { path, content_type, content, version: fnv_1a(content) }
    }

    /// The whole of it, or word that the copy which the browser has is still right.
    fn answer(&self, asked: &HeaderMap) -> Response<Bytes> {
        let tag = format!("\"{:016x}\"", self.version);
        let is_known = asked
            .get_all(IF_NONE_MATCH)
            .iter()
            .any(|tags| tags.to_str().is_ok_and(|tags| tags == "*" || tags.contains(&tag)));
        let mut answer = Response::new(Bytes::new());
        if is_known {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            *answer.body_mut() = Bytes::from_static(self.content);
            let content_type = HeaderValue::from_static(self.content_type);
            answer.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        for (name, value) in HEADERS {
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        // Quotation marks and hexadecimal digits are a value of a header.
        answer.headers_mut().extend(HeaderValue::try_from(tag).ok().map(|tag| (ETAG, tag)));
        answer
    }
}

/// FNV-1a (G. Fowler, L. Noll and K.-P. Vo): it tells versions of a file apart, and
/// protects against nothing.
const fn fnv_1a(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut k = 0;
    while k < bytes.len() {
        hash = (hash ^ bytes[k] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        k += 1;
    }
    hash
}

#[cfg(test)]
mod tests;
