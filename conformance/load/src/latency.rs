//! How long calls took, as a report has it.

use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::Serialize;

use super::tally::Tally;

const NANOS_A_MICRO: f64 = 1000.0;
/// Upper end of the histogram's first bar, in nanoseconds; each next one is
/// twice as high.
const FIRST_BAR_NANOS: u64 = 1000;

/// The two views of the same calls.
#[derive(Clone, Copy, Debug, JsonSchema, Serialize)]
pub struct Latencies {
    /// From the moment at which a call was sent. A server that stalls is seen by
    /// the few calls that it holds up, not by those that would have been sent
    /// meanwhile.
    pub measured: Latency,
    /// Without that omission. In an open loop: from the moment at which a call was
    /// due, so a call that had to wait for a free stream has waited. In a closed
    /// one: as measured, with the calls added that would have been sent, one every
    /// `expected_interval_us`, while a longer one was under way.
    pub corrected: Latency,
    /// Mean time between two calls of a stream; null in an open loop.
    pub expected_interval_us: Option<f64>,
}

/// Times in microseconds, with three digits; 0 if there is no call.
#[derive(Clone, Copy, Debug, JsonSchema, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Latency {
    pub count: u64,
    pub min_us: f64,
    pub mean_us: f64,
    pub p50_us: f64,
    pub p90_us: f64,
    pub p95_us: f64,
    pub p99_us: f64,
    pub p99_9_us: f64,
    pub p99_99_us: f64,
    pub max_us: f64,
}

/// A bar of the histogram.
#[derive(Clone, Copy, Debug, JsonSchema, Serialize)]
pub struct Bar {
    /// Its calls took up to so long, and longer than those of the bar before.
    pub up_to_us: f64,
    /// How many they are.
    pub calls: u64,
}

impl Latencies {
    /// Of what was counted in an open, or a closed, loop.
    pub(super) fn of(tally: &Tally, is_open: bool) -> Self {
        let measured = Latency::of(&tally.from_start);
        if is_open {
            let corrected = Latency::of(&tally.from_due);
            return Self { measured, corrected, expected_interval_us: None };
        }
        let interval = tally.from_start.mean();
        let corrected = tally.from_start.clone_correct((interval as u64).max(1));
        Self {
            measured,
            corrected: Latency::of(&corrected),
            expected_interval_us: Some(interval / NANOS_A_MICRO),
        }
    }
}

impl Latency {
    fn of(times: &Histogram<u64>) -> Self {
        let micros = |nanos: u64| nanos as f64 / NANOS_A_MICRO;
        let at = |quantile| micros(times.value_at_quantile(quantile));
        Self {
            count: times.len(),
            min_us: micros(times.min()),
            mean_us: times.mean() / NANOS_A_MICRO,
            p50_us: at(0.5),
            p90_us: at(0.9),
            p95_us: at(0.95),
            p99_us: at(0.99),
            p99_9_us: at(0.999),
            p99_99_us: at(0.9999),
            max_us: micros(times.max()),
        }
    }
}

impl Bar {
    /// From the first bar that has a call to the last one.
    pub(super) fn all(times: &Histogram<u64>) -> Vec<Self> {
        let bars = times.iter_log(FIRST_BAR_NANOS, 2.0).map(|bar| Self {
            up_to_us: (bar.value_iterated_to() + 1) as f64 / NANOS_A_MICRO,
            calls: bar.count_since_last_iteration(),
        });
        bars.skip_while(|bar| bar.calls == 0).collect()
    }
}
