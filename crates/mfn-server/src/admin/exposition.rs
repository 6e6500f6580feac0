//! Everything that operators are told, as text.

use std::fmt;

use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::registry::Registry;
use tokio::sync::watch;

use super::accept::Format;
use super::collector::ServerCollector;
use super::sources::Sources;
use crate::readiness::State;

/// See the module.
#[derive(Debug)]
pub(super) struct Exposition {
    registry: Registry,
    state: watch::Receiver<State>,
}

impl Exposition {
    pub(super) fn new(sources: Sources) -> Self {
        let mut registry = Registry::default();
        let state = sources.state.clone();
        registry.register_collector(Box::new(ServerCollector(sources)));
        Self { registry, state }
    }

    /// Whether the server is ready, now.
    pub(super) fn readiness(&self) -> State {
        *self.state.borrow()
    }

    /// All metrics, as they are now.
    ///
    /// # Errors
    /// Nothing makes one: a text takes whatever is written.
    pub(super) fn encode(&self, format: Format) -> Result<String, fmt::Error> {
        let mut encoded = String::new();
        match format {
            Format::Prometheus => prometheus_text::encode(&mut encoded, &self.registry)?,
            Format::OpenMetrics => text::encode(&mut encoded, &self.registry)?,
        }
        Ok(encoded)
    }
}
