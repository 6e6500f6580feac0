//! Which of the two formats of metrics a client prefers.

use http::HeaderValue;

/// How metrics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Prometheus's text format 0.0.4, which everything reads.
    Prometheus,
    /// `OpenMetrics` 1.0.0.
    OpenMetrics,
}

impl Format {
    /// The one that the headers `accept` prefer; Prometheus's where they prefer neither.
    pub(super) fn asked_for_by<'a>(accept: impl IntoIterator<Item = &'a HeaderValue>) -> Self {
        let (mut open_metrics, mut text) = (0.0, 0.0);
        for range in accept.into_iter().filter_map(|value| value.to_str().ok()) {
            for range in range.split(',') {
                let (media_type, quality) = quality_of(range);
                if media_type.eq_ignore_ascii_case("application/openmetrics-text") {
                    open_metrics = quality.max(open_metrics);
                } else if ["text/plain", "text/*", "*/*"].contains(&media_type) {
                    text = quality.max(text);
                }
            }
        }
        if open_metrics > 0.0 && open_metrics >= text {
            Self::OpenMetrics
        } else {
            Self::Prometheus
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => prometheus_client::encoding::prometheus_text::CONTENT_TYPE,
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// A media range and its weight (RFC 9110, 12.5.1). One that cannot be read counts as 0.
fn quality_of(range: &str) -> (&str, f32) {
    let mut parts = range.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q="));
    (media_type, weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_for_by(accept: &'static str) -> Format {
        Format::asked_for_by([&HeaderValue::from_static(accept)])
    }

    // shows MFN-METRIC-002
    #[test]
    fn open_metrics_is_for_those_who_prefer_it() {
        for open_metrics in [
            "application/openmetrics-text",
            "application/openmetrics-text; version=1.0.0, text/plain;q=0.9",
            // Prometheus 2.42, and 3.
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;\
             version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            "text/plain;q=0.4, application/openmetrics-text;q=0.5",
        ] {
            assert_eq!(asked_for_by(open_metrics), Format::OpenMetrics, "{open_metrics}");
        }
        for text in [
            "",
            "*/*",
            "text/html",
            "text/plain",
            "application/openmetrics-text;q=0",
            "application/openmetrics-text;q=0.1, text/plain",
            "application/openmetrics-text;q=x",
        ] {
            assert_eq!(asked_for_by(text), Format::Prometheus, "{text}");
        }
        assert_eq!(Format::asked_for_by([]), Format::Prometheus);
    }
}
