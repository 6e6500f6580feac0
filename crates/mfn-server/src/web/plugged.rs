//! The web, as the configuration has it.

use mfn_web::{Page, WebLayer};
use tower::layer::util::Stack;

use super::Described;
use super::read_in_time::ReadInTimeLayer;
use crate::config::{Config, WebSettings};
use crate::connection::RequestBody;

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
        refuses_other_origins: needs_no_key,
        // Elsewhere it may have any name.
        refuses_other_hosts: needs_no_key && config.host.is_loopback(),
        max_whole_message_bytes: max_whole_bytes,
        page: settings.has_page.then_some(Page { needs_key: !needs_no_key }),
        ..base
    }
}
