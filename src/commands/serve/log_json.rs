//! The log as lines of JSON.

use std::error::Error;
use std::fmt;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::log_format::LogLine;

/// What the name of the field is that has the words of an event.
const MESSAGE: &str = "message";
/// Libraries that log by the crate `log` have their own target in this field, and
/// where they do so in others that begin like it.
const LOG_TARGET: &str = "log.target";
const OF_LOG: &str = "log.";

/// Writes each event as a [`LogLine`].
#[derive(Clone, Copy, Debug)]
pub(super) struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut said = Said::default();
        event.record(&mut said);
        let Said { message, target, fields } = said;
        let metadata = event.metadata();
        let target = target.as_deref().unwrap_or(metadata.target());
        let line = LogLine::now(word(*metadata.level()), target, &message, &fields).to_bytes();
        writer.write_str(&String::from_utf8_lossy(&line))
    }
}

/// As the setting has it.
fn word(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

/// What an event says.
#[derive(Default)]
struct Said {
    message: String,
    target: Option<String>,
    fields: Map<String, Value>,
}

impl Said {
    fn says(&mut self, field: &Field, value: impl Into<Value>) {
        match (field.name(), value.into()) {
            (MESSAGE, Value::String(text)) => self.message = text,
            (LOG_TARGET, Value::String(text)) => self.target = Some(text),
            (name, _) if name.starts_with(OF_LOG) => {}
            (name, value) => drop(self.fields.insert(name.to_owned(), value)),
        }
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.says(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.says(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.says(field, value.to_string());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.says(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.says(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.says(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.says(field, value);
    }
}
