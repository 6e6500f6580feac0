//! What a server tells of itself at `/metrics`.

use std::collections::BTreeMap;

use bytes::Bytes;
use conformance_web::{Exchange, Http};
use conformance_wire::Endpoint;
use http::{Request, StatusCode};

use crate::Failure;

/// The service whose calls have no line in the audit.
const HEALTH: &str = "grpc.health.v1.Health";

/// All series, as they were told at one moment.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Vec<Series>);

#[derive(Clone, Debug, PartialEq)]
struct Series {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Metrics {
    /// Asks for them at this port of this machine.
    ///
    /// # Errors
    /// They are not told, or not as metrics are.
    pub async fn of(port: u16) -> Result<Self, Failure> {
        let failed = |why: String| Failure::Metrics(why);
        let endpoint = Endpoint { host: "127.0.0.1".to_owned(), port, tls: None, ca: None };
        let request = Request::get("/metrics").header("host", endpoint.authority());
        let request = request.body(Bytes::new()).map_err(|error| failed(error.to_string()))?;
        let unheard = |error| failed(format!("does not answer: {error}"));
        let mut exchange = Exchange::begin(&endpoint, Http::One, request).await.map_err(unheard)?;
        let status = exchange.head().await.map_err(unheard)?.map(|head| head.status());
        if status != Some(StatusCode::OK) {
            return Err(failed(format!("is answered with {status:?}")));
        }
        let mut text = Vec::new();
        while let Some(data) = exchange.data().await.map_err(unheard)? {
            text.extend(data);
        }
        Self::read(&String::from_utf8_lossy(&text))
    }

    /// Reads Prometheus's text.
    ///
    /// # Errors
    /// A line is no series.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let bad = |line: &str| Failure::Metrics(format!("has the line '{line}'"));
        lines.map(|line| series(line).ok_or_else(|| bad(line))).collect::<Result<_, _>>().map(Self)
    }

    /// The sum of all series of this name.
    #[must_use]
    pub fn sum(&self, name: &str) -> f64 {
        self.named(name).map(|series| series.value).sum()
    }

    /// Calls of health that have ended.
    #[must_use]
    pub fn health_calls(&self) -> u64 {
        let health = self.handled().filter(|series| series.labels["grpc_service"] == HEALTH);
        health.map(|series| series.value as u64).sum()
    }

    /// Other calls that have ended, by their code as Go's library writes it.
    #[must_use]
    pub fn calls_by_code(&self) -> BTreeMap<String, u64> {
        let mut calls = BTreeMap::new();
        for series in self.handled().filter(|series| series.labels["grpc_service"] != HEALTH) {
            *calls.entry(series.labels["grpc_code"].clone()).or_default() += series.value as u64;
        }
        calls.retain(|_, count| *count > 0);
        calls
    }

    /// Calls that have begun and have not ended.
    #[must_use]
    pub fn under_way(&self) -> u64 {
        let started = self.sum("grpc_server_started_total");
        (started - self.sum("grpc_server_handled_total")).max(0.0) as u64
    }

    fn handled(&self) -> impl Iterator<Item = &Series> {
        let known = |series: &&Series| {
            series.labels.contains_key("grpc_service") && series.labels.contains_key("grpc_code")
        };
        self.named("grpc_server_handled_total").filter(known)
    }

    fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Series> {
        self.0.iter().filter(move |series| series.name == name)
    }
}

/// `name{label="value",...} number`, where no value has a quotation mark.
fn series(line: &str) -> Option<Series> {
    let (head, value) = line.rsplit_once(' ')?;
    let value = value.parse().ok()?;
    let (name, labels) = match head.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}')?),
        None => (head, ""),
    };
    let labels = labels.split_terminator("\",").map(|label| {
        let (name, value) = label.split_once("=\"")?;
        Some((name.to_owned(), value.trim_end_matches('"').to_owned()))
    });
    Some(Series { name: name.to_owned(), labels: labels.collect::<Option<_>>()?, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# HELP grpc_server_handled_total calls
grpc_server_started_total{grpc_service=\"mfn.A\"} 9
grpc_server_handled_total{grpc_type=\"unary\",grpc_service=\"mfn.A\",grpc_code=\"OK\"} 5
grpc_server_handled_total{grpc_type=\"unary\",grpc_service=\"mfn.B\",grpc_code=\"OK\"} 2
grpc_server_handled_total{grpc_type=\"unary\",grpc_service=\"mfn.B\",grpc_code=\"Canceled\"} 0
grpc_server_handled_total{grpc_service=\"grpc.health.v1.Health\",grpc_code=\"OK\"} 1
mfn_connections 3
";

    #[test]
    fn calls_of_health_are_apart_from_others() {
        let metrics = Metrics::read(TEXT).expect("metrics");
        assert_eq!(metrics.health_calls(), 1);
        assert_eq!(metrics.calls_by_code(), BTreeMap::from([("OK".to_owned(), 7)]));
        assert_eq!(metrics.under_way(), 1);
        assert!((metrics.sum("mfn_connections") - 3.0).abs() < f64::EPSILON);
    }

    #[test]
    fn what_is_no_series_is_refused() {
        for bad in ["mfn_connections", "mfn_connections many", "a{b} 1", "a{b=\"c\" 1"] {
            assert!(Metrics::read(bad).is_err(), "{bad}");
        }
    }
}
