//! The metrics of a server: `spec/metrics.md`.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

use super::family::Families;
use super::process;
use super::sources::Sources;
use crate::audit::{MAX_WAITING, WeakAudit};
use crate::cache::AnswerCache;
use crate::convert::SPEC_VERSION;
use crate::error::REASONS;
use crate::metrics::{BUCKETS, CODES, Histogram, MethodLabels, MethodTotals, Totals};
use crate::shared_limits::SharedLimiter;
use crate::tls::Tls;

/// Encodes what `Sources` say when somebody asks.
#[derive(Debug)]
pub(super) struct ServerCollector(pub(super) Sources);

impl Collector for ServerCollector {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Self(sources) = self;
        let mut families = Families::new(encoder);
        // First, so that the calls of a connection that is open no more have been counted.
        let connections = sources.connections.len();
        let totals = sources.metrics.totals();
        let methods: Vec<_> = sources.metrics.methods().labels().zip(&totals.methods).collect();
        encode_calls(&mut families, &methods)?;
        encode_refusals(&mut families, &totals)?;
        encode_connections(&mut families, sources, connections, &totals)?;
        encode_resources(&mut families, sources)?;
        encode_cache(&mut families, sources)?;
        if let Some(shared_limiter) = &sources.shared_limiter {
            encode_shared_limits(&mut families, shared_limiter)?;
        }
        encode_build(&mut families)?;
        process::encode(&mut families)
    }
}

type LabelledMethod<'a> = (&'a MethodLabels, &'a MethodTotals);

/// The metrics of go-grpc-middleware, so that dashboards that were made for it fit.
fn encode_calls(families: &mut Families<'_>, methods: &[LabelledMethod<'_>]) -> fmt::Result {
    let of_method = |value: fn(&MethodTotals) -> u64| {
        methods.iter().map(move |(labels, totals)| (labels_of(labels), value(totals)))
    };
    families.counters(
        "grpc_server_started",
        "Calls that have begun.",
        of_method(|totals| totals.started),
    )?;
    families.counters(
        "grpc_server_msg_received",
        "Messages of requests that have come whole.",
        of_method(|totals| totals.received),
    )?;
    families.counters(
        "grpc_server_msg_sent",
        "Messages of answers.",
        of_method(|totals| totals.sent),
    )?;
    let handled = methods.iter().flat_map(|(labels, totals)| {
        let by_code = CODES.iter().zip(totals.handled);
        by_code.map(|(code, calls)| {
            let [kind, service, method] = labels_of(labels);
            ([kind, service, method, ("grpc_code", *code)], calls)
        })
    });
    families.counters(
        "grpc_server_handled",
        "Calls that have ended, by the code of their status.",
        handled,
    )?;
    let mut handling = families.begin(
        "grpc_server_handling_seconds",
        "Time from the head of a call to the end of its answer.",
        MetricType::Histogram,
    )?;
    for (labels, totals) in methods {
        encode_histogram(&mut handling.encode_family(&labels_of(labels))?, &totals.handling)?;
    }
    Ok(())
}

fn encode_histogram(series: &mut MetricEncoder<'_>, histogram: &Histogram) -> fmt::Result {
    let bounds = BUCKETS.iter().map(Duration::as_secs_f64).chain([f64::INFINITY]);
    let buckets: Vec<_> = bounds.zip(histogram.counts).collect();
    let sum = histogram.sum.as_secs_f64();
    series.encode_histogram::<NoLabelSet>(sum, histogram.count(), &buckets, None)
}

fn labels_of(labels: &MethodLabels) -> [(&'static str, &str); 3] {
    [("grpc_type", labels.kind), ("grpc_service", &labels.service), ("grpc_method", &labels.method)]
}

fn encode_refusals(families: &mut Families<'_>, totals: &Totals) -> fmt::Result {
    let by_reason = REASONS.iter().zip(totals.refused);
    families.counters(
        "mfn_refused",
        "Calls that did not succeed, by the reason that the audit has.",
        by_reason.map(|(reason, calls)| ([("reason", *reason)], calls)),
    )?;
    let by_key = totals.keys.iter().flat_map(|(key, by_code)| {
        let by_code = CODES.iter().zip(by_code);
        // There can be thousands of keys, and most codes never occur.
        let counted = by_code.filter(|(_, calls)| **calls > 0);
        counted.map(|(code, calls)| ([("key_id", key.as_str()), ("grpc_code", *code)], *calls))
    });
    families.counters(
        "mfn_key_calls",
        "Calls that have ended, by the key that they were made with.",
        by_key,
    )
}

fn encode_connections(
    families: &mut Families<'_>,
    sources: &Sources,
    connections: usize,
    totals: &Totals,
) -> fmt::Result {
    let counts = sources.metrics.connections();
    families.counter(
        "mfn_connections_accepted",
        "Connections that clients have opened.",
        &counts.accepted(),
    )?;
    families.counters(
        "mfn_connections_refused",
        "Connections that were closed for want of room.",
        counts.refused().map(|(reason, count)| ([("reason", reason)], count)),
    )?;
    families.gauge("mfn_connections", "Open connections.", &connections)?;
    families.gauge(
        "mfn_connections_limit",
        "Connections that may be open.",
        &sources.max_connections,
    )?;
    families.gauge("mfn_streams", "Open calls.", &totals.open)?;
    families.counters(
        "mfn_tls_handshake_failures",
        "Connections that failed before HTTP/2, since both sides did not agree on TLS.",
        sources.handshakes.failures().counts().map(|(reason, count)| ([("reason", reason)], count)),
    )?;
    let expiry = sources.tls.as_ref().and_then(Tls::expires);
    let Some(expiry) = expiry.and_then(|time| time.duration_since(UNIX_EPOCH).ok()) else {
        return Ok(());
    };
    families.gauge(
        "mfn_certificate_expiry_timestamp_seconds",
        "When the first of the certificates that are shown expires, in seconds since 1970.",
        &expiry.as_secs(),
    )
}

fn encode_resources(families: &mut Families<'_>, sources: &Sources) -> fmt::Result {
    let load = sources.compute.load();
    families.gauge("mfn_compute_queue", "Calls that wait for a worker.", &load.waiting)?;
    families.gauge("mfn_compute_queue_limit", "Calls that may wait for a worker.", &load.depth)?;
    families.gauge("mfn_compute_running", "Computations that run.", &load.running)?;
    families.gauge(
        "mfn_compute_running_limit",
        "Computations that may run at once.",
        &load.slots,
    )?;
    families.gauge(
        "mfn_memory_budget_bytes",
        "Bytes of the budget that connections, computations and answers hold.",
        &sources.memory.held(),
    )?;
    families.gauge(
        "mfn_memory_budget_limit_bytes",
        "Bytes of the budget.",
        &sources.memory.total(),
    )?;
    families.gauge(
        "mfn_memory_waiting",
        "Computations that wait for memory of the budget.",
        &load.waiting_for_memory,
    )?;
    let backlog = sources.audit.as_ref().map_or(0, WeakAudit::waiting);
    families.gauge("mfn_audit_backlog", "Lines of the audit that wait to be written.", &backlog)?;
    families.gauge(
        "mfn_audit_backlog_limit",
        "Lines of the audit that may wait.",
        &sources.audit.as_ref().map_or(0, |_| MAX_WAITING),
    )?;
    let is_ready = sources.state.borrow().is_ready();
    families.gauge("mfn_ready", "1 if the server takes calls, or else 0.", &u32::from(is_ready))
}

fn encode_cache(families: &mut Families<'_>, sources: &Sources) -> fmt::Result {
    let counts = sources.cache.as_ref().map(AnswerCache::counts).unwrap_or_default();
    families.counter(
        "mfn_cache_hits",
        "Calls that were given an answer that was kept.",
        &counts.hits,
    )?;
    families.counter(
        "mfn_cache_misses",
        "Calls for which no answer was kept, or no memory was there to send it.",
        &counts.misses,
    )?;
    families.counter(
        "mfn_cache_evictions",
        "Answers that made room for others.",
        &counts.evictions,
    )?;
    families.gauge("mfn_cache_entries", "Answers that are kept.", &counts.entries)?;
    families.gauge("mfn_cache_bytes", "Bytes of the answers that are kept.", &counts.bytes)?;
    families.gauge(
        "mfn_cache_limit_bytes",
        "Bytes that kept answers may have.",
        &counts.limit_bytes,
    )
}

/// They are there where limits are shared.
fn encode_shared_limits(
    families: &mut Families<'_>,
    shared_limiter: &SharedLimiter,
) -> fmt::Result {
    families.counters(
        "mfn_shared_limits_failures",
        "Calls for which the store of shared limits gave no answer, by reason.",
        shared_limiter.failures().map(|(reason, count)| ([("reason", reason)], count)),
    )?;
    families.gauge(
        "mfn_shared_limits_fallback",
        "1 while the store of shared limits cannot be asked, or else 0.",
        &u32::from(!shared_limiter.is_available()),
    )?;
    let mut round_trips = families.begin(
        "mfn_shared_limits_round_trip_seconds",
        "Time that calls have waited for an answer of the store of shared limits.",
        MetricType::Histogram,
    )?;
    encode_histogram(&mut round_trips, &shared_limiter.round_trips())
}

fn encode_build(families: &mut Families<'_>) -> fmt::Result {
    let labels = [
        ("version", env!("CARGO_PKG_VERSION")),
        ("spec", SPEC_VERSION),
        ("rustc", env!("MFN_RUSTC_VERSION")),
    ];
    families
        .begin("mfn_build_info", "1, with what the program was built from.", MetricType::Gauge)?
        .encode_family(&labels)?
        .encode_gauge(&1_u32)
}
