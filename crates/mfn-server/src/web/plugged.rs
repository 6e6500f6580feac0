//! The web, as the configuration has it.

use http::HeaderName;
use http::header::RETRY_AFTER;
use mfn_web::{Page, WebLayer};
use tower::layer::util::Stack;

use super::Described;
use super::read_in_time::ReadInTimeLayer;
use crate::access::{API_KEY, SIGNATURE, TIMESTAMP};
use crate::config::{Config, WebSettings};
use crate::connection::RequestBody;
use crate::request_id::X_REQUEST_ID;
use crate::trace_context::TRACEPARENT;

/// Headers that a caller may send with any call: `spec/authentication.md`, `spec/wire.md`
/// and `spec/audit.md`.
const REQUEST_HEADERS: [HeaderName; 6] =
    [API_KEY, TIMESTAMP, SIGNATURE, X_REQUEST_ID, TRACEPARENT, TRACESTATE];
/// What of a trace a caller sends beside `traceparent`, and the server does not read.
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
/// Headers that any answer may have.
const ANSWER_HEADERS: [HeaderName; 2] = [RETRY_AFTER, X_REQUEST_ID];

/// What the layers see of a request.
pub(crate) type CallData = mfn_web::GrpcBody<RequestBody>;

/// What is put around the layers.
pub(crate) type Layers = Stack<WebLayer, ReadInTimeLayer>;

/// What `config` has put around the layers.
pub(crate) fn layer(config: &Config, described: Described<'_>) -> Layers {
    let web = match &config.web {
        Some(settings) => WebLayer::new(web_config(config, settings, described)),
        None => WebLayer::off(),
    };
    Stack::new(web, ReadInTimeLayer)
}

fn web_config(
    config: &Config,
    settings: &WebSettings,
    described: Described<'_>,
) -> mfn_web::Config {
    let Described { descriptors, max_whole_bytes } = described;
    let base = mfn_web::Config::of(descriptors).expect("they are compiled in, and tested");
    let needs_no_key = config.keys.is_empty();
    mfn_web::Config {
        origins: settings.origins.clone(),
        origins_setting: "MFN_GRPC_CORS_ORIGINS",
        allowed_headers: REQUEST_HEADERS.to_vec(),
        exposed_headers: ANSWER_HEADERS.to_vec(),
        refuses_other_origins: needs_no_key,
        // Elsewhere it may have any name.
        refuses_other_hosts: needs_no_key && config.host.is_loopback(),
        max_message_bytes: config.max_message_bytes,
        max_whole_message_bytes: max_whole_bytes,
        page: settings.has_page.then_some(Page { needs_key: !needs_no_key }),
        ..base
    }
}
