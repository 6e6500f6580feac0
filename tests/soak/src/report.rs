//! The table at the end, and whether all of it agrees.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use conformance_wire::CODE_NAMES;
use hdrhistogram::Histogram;
use soak::metrics::Metrics;
use soak::process::Sample;
use soak::table::Table;

use crate::ledger::{Ledger, PARTS};
use crate::upkeep::Upkeep;
use crate::watch::Watch;

/// How much more memory the last part of a run may have than the second: what the allocator
/// keeps by `spec/memory.md`.
const GROWTH_MIB: f64 = 24.0;
/// In a run that is shorter the memory still fills with kept answers: its growth is no fault.
const GROWTH_IS_JUDGED_FROM: Duration = Duration::from_mins(10);
/// Descriptors that may be open at the end and were not at the start, such as those of a
/// question for metrics that has just been answered.
const DESCRIPTORS: u64 = 2;

/// What is known of one server at the end.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) name: &'static str,
    pub(crate) has_tls: bool,
    pub(crate) ledger: Ledger,
    pub(crate) upkeep: Upkeep,
    pub(crate) metrics: Metrics,
    pub(crate) watch: Watch,
    /// Before anybody called, and when nobody calls any more.
    pub(crate) alone: [Sample; 2],
    /// By `spec/memory.md`, in MiB.
    pub(crate) bound_mib: f64,
    /// Whether the server ended as it should.
    pub(crate) ended_well: bool,
}

impl Account {
    /// What does not agree, a sentence each.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut holds = |holds: bool, what: String| {
            if !holds {
                faults.push(format!("{}: {what}", self.name));
            }
        };
        for (code, [made, audit, metrics]) in self.by_code() {
            holds(
                made == audit && audit == metrics,
                format!("{code}: {made} calls made, {audit} in the audit, {metrics} in metrics"),
            );
        }
        for (protocol, [made, audit]) in self.by_protocol() {
            let is_told = protocol != "counted" && !self.has_counted_lines();
            holds(
                made == audit || !is_told,
                format!("{protocol}: {made} calls made, {audit} in the audit"),
            );
        }
        let (made, told) = (self.ledger.health, self.metrics.health_calls());
        holds(made == told, format!("health: {made} calls made, {told} in metrics"));
        let unexpected = self.ledger.unexpected;
        holds(unexpected == 0, format!("{unexpected} calls went as they should not"));
        let not_made = self.ledger.not_made;
        holds(not_made == 0, format!("{not_made} calls were not made: the machine was behind"));
        let (due, noted) = (self.ledger.due, self.ledger.noted());
        holds(
            noted + not_made == due,
            format!("{due} calls were due, and it is known of {noted} how they ended"),
        );
        for kind in self.ledger.missing() {
            holds(false, format!("no call of the kind {kind:?} was made"));
        }
        for (what, times) in self.replaced() {
            holds(times > 0, format!("{what} were not replaced"));
        }
        let (second, last) = (self.watch.memory_mib(1), self.watch.memory_mib(PARTS - 1));
        holds(
            last <= second + GROWTH_MIB || self.watch.duration() < GROWTH_IS_JUDGED_FROM,
            format!("the memory has grown from {second:.1} to {last:.1} MiB"),
        );
        let [before, after] = self.alone;
        let (peak, bound) = (after.peak_memory_mib, self.bound_mib);
        holds(peak <= bound, format!("{peak:.1} MiB were needed, of {bound:.0} allowed"));
        let (was, is) = (before.descriptors, after.descriptors);
        holds(is <= was + DESCRIPTORS, format!("{is} descriptors are open, {was} were"));
        let (was, is) = (self.watch.threads(0), after.threads);
        holds(is <= was, format!("there are {is} threads, and were {was}"));
        holds(self.ended_well, "it did not end with the exit code 0".to_owned());
        faults
    }

    /// How often files were replaced.
    fn replaced(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let Upkeep { keys_rotated, certificates_renewed, audit } = &self.upkeep;
        // The last file was not moved away.
        let moved = audit.files.saturating_sub(1);
        let certificates = self.has_tls.then_some(("certificates", *certificates_renewed));
        [("keys", *keys_rotated), ("files of the audit", moved)].into_iter().chain(certificates)
    }

    /// All figures.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{}\n\n{}\n{}", self.name, self.calls(), self.resources());
        let Ledger { half_open, compared, unexpected, .. } = &self.ledger;
        let Upkeep { keys_rotated, certificates_renewed, audit } = &self.upkeep;
        let connections = self.metrics.sum("mfn_connections_accepted_total");
        let _ = writeln!(
            text,
            "\n{connections} connections, {half_open} of them half open; {compared} answers equal to \
             an earlier one; {unexpected} calls not as they should be\nkeys rotated {keys_rotated} \
             times, certificates {certificates_renewed} times, the audit in {} files",
            audit.files
        );
        for line in &self.ledger.shown {
            let _ = writeln!(text, "  {line}");
        }
        text
    }

    fn calls(&self) -> Table {
        let mut table = Table::new(&["calls", "made", "audit", "metrics"]);
        for (protocol, [made, audit]) in self.by_protocol() {
            table.row([protocol, made.to_string(), audit.to_string(), "-".to_owned()]);
        }
        let mut all = [0; 3];
        for (code, counts) in self.by_code() {
            all = [0, 1, 2].map(|place| all[place] + counts[place]);
            let [made, audit, metrics] = counts.map(|count| count.to_string());
            table.row([code, made, audit, metrics]);
        }
        let [made, audit, metrics] = all.map(|count| count.to_string());
        table.row(["all".to_owned(), made, audit, metrics]);
        let (made, told) = (self.ledger.health, self.metrics.health_calls());
        table.row(["health".to_owned(), made.to_string(), "-".to_owned(), told.to_string()]);
        table
    }

    fn resources(&self) -> Table {
        let mut table = Table::new(&["", "first tenth", "last tenth", "alone before", "and after"]);
        let [before, after] = self.alone;
        let [first, last] = [0, PARTS - 1].map(|part| self.watch.memory_mib(part));
        let cells =
            [first, last, before.memory_mib, after.memory_mib].map(|mib| format!("{mib:.1}"));
        table.row(["memory, MiB".to_owned()].into_iter().chain(cells));
        let is_told = self.watch.duration() >= GROWTH_IS_JUDGED_FROM;
        let slope =
            if is_told { format!("{:+.1}", self.watch.memory_slope()) } else { "-".to_owned() };
        table.row(["its slope, MiB an hour".to_owned(), String::new(), slope]);
        let peak = format!("{:.1} of {:.0}", after.peak_memory_mib, self.bound_mib);
        table.row(["its peak, of the bound".to_owned(), String::new(), peak]);
        let [first, last] = [0, PARTS - 1].map(|part| self.watch.descriptors(part));
        let counts = [first, last, before.descriptors, after.descriptors];
        table.row(
            ["descriptors".to_owned()].into_iter().chain(counts.map(|count| count.to_string())),
        );
        let [first, last] = [0, PARTS - 1].map(|part| self.watch.threads(part));
        let counts = [first, last, before.threads, after.threads];
        table.row(["threads".to_owned()].into_iter().chain(counts.map(|count| count.to_string())));
        for quantile in [0.5, 0.9, 0.99, 0.999] {
            let [first, last] =
                [0, PARTS - 1].map(|part| milliseconds(&self.ledger.latency[part], quantile));
            table.row([format!("latency, {} of 100, ms", quantile * 100.0), first, last]);
        }
        table
    }

    /// Calls made, in the audit and in metrics, by code.
    fn by_code(&self) -> BTreeMap<String, [u64; 3]> {
        let told = self.metrics.calls_by_code();
        let mut codes = BTreeMap::new();
        for (code, name) in CODE_NAMES.iter().enumerate() {
            let made = self.ledger.by_code.get(&(code as i32)).copied().unwrap_or_default();
            let audit = self.upkeep.audit.by_code.get(*name).copied().unwrap_or_default();
            let metrics = told.get(&in_go(name)).copied().unwrap_or_default();
            if made + audit + metrics > 0 {
                codes.insert((*name).to_owned(), [made, audit, metrics]);
            }
        }
        if let Some(made) = self.ledger.by_code.get(&-1) {
            codes.insert("no code".to_owned(), [*made, 0, 0]);
        }
        codes
    }

    /// Calls made and in the audit, by protocol.
    fn by_protocol(&self) -> BTreeMap<String, [u64; 2]> {
        let audit = &self.upkeep.audit.by_protocol;
        let made = self.ledger.by_protocol.keys().map(|name| (*name).to_owned());
        let names: BTreeSet<String> = made.chain(audit.keys().cloned()).collect();
        let counts = names.into_iter().map(|name| {
            let made = self.ledger.by_protocol.get(&*name).copied().unwrap_or_default();
            let audit = audit.get(&name).copied().unwrap_or_default();
            (name, [made, audit])
        });
        counts.collect()
    }

    /// Whether a line stood for several calls, whose protocols are then not known.
    fn has_counted_lines(&self) -> bool {
        self.upkeep.audit.by_protocol.contains_key("counted")
    }
}

/// What Go's library, and so metrics, call the code of this name.
fn in_go(name: &str) -> String {
    let word = |word: &str| word[..1].to_owned() + &word[1..].to_lowercase();
    match name {
        "OK" => name.to_owned(),
        "CANCELLED" => "Canceled".to_owned(),
        _ => name.split('_').map(word).collect(),
    }
}

fn milliseconds(latency: &Histogram<u64>, quantile: f64) -> String {
    format!("{:.2}", latency.value_at_quantile(quantile) as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use soak::audit::AuditTally;

    use super::*;
    use crate::call::Seen;
    use crate::mix::Kind;

    fn account() -> Account {
        let mut ledger = Ledger::new();
        for (protocol, code) in [("grpc", 0), ("connect", 0), ("grpc", 16)] {
            let seen = Seen { protocol, code: Some(code), fault: None, answer: None };
            let kind = if code == 0 { Kind::Unary } else { Kind::UnknownKey };
            ledger.note(kind, 0, Duration::from_millis(1), seen);
        }
        let name = |name: &str| name.to_owned();
        let audit = AuditTally {
            by_protocol: BTreeMap::from([(name("grpc"), 2), (name("connect"), 1)]),
            by_code: BTreeMap::from([(name("OK"), 2), (name("UNAUTHENTICATED"), 1)]),
            files: 2,
        };
        let metrics = "grpc_server_handled_total{grpc_service=\"a\",grpc_code=\"OK\"} 2\n\
             grpc_server_handled_total{grpc_service=\"a\",grpc_code=\"Unauthenticated\"} 1\n\
             mfn_connections_accepted_total 3\n";
        ledger.due = 3;
        Account {
            name: "plaintext",
            has_tls: false,
            ledger,
            upkeep: Upkeep { keys_rotated: 1, audit, ..Upkeep::default() },
            metrics: Metrics::read(metrics).expect("metrics"),
            watch: Watch::new(Duration::from_mins(1)),
            alone: [Sample::default(); 2],
            bound_mib: 500.0,
            ended_well: true,
        }
    }

    #[test]
    fn metrics_name_codes_as_go_does() {
        let names = ["OK", "CANCELLED", "UNKNOWN", "DEADLINE_EXCEEDED"].map(in_go);
        assert_eq!(names, ["OK", "Canceled", "Unknown", "DeadlineExceeded"]);
    }

    #[test]
    fn what_agrees_has_no_faults() {
        assert_eq!(account().faults(), [""; 0]);
        insta::assert_snapshot!(account().text());
    }

    #[test]
    fn each_difference_is_a_fault() {
        let of = |change: fn(&mut Account)| {
            let mut account = account();
            change(&mut account);
            account.faults().join("; ")
        };
        let told = [
            of(|account| {
                account.upkeep.audit.by_code.insert("OK".to_owned(), 1);
            }),
            of(|account| {
                account.upkeep.audit.by_protocol.insert("connect".to_owned(), 2);
            }),
            of(|account| account.metrics = Metrics::default()),
            of(|account| account.ledger.health = 1),
            of(|account| account.ledger.is_unexpected("a call".to_owned())),
            of(|account| {
                account.ledger.not_made = 1;
                account.ledger.due += 1;
            }),
            of(|account| account.ledger.due = 4),
            of(|account| {
                account.ledger = Ledger::new();
                account.ledger.due = 250;
                account.ledger.not_made = 250;
                account.upkeep.audit = AuditTally { files: 2, ..AuditTally::default() };
                account.metrics = Metrics::default();
            }),
            of(|account| account.upkeep.keys_rotated = 0),
            of(|account| account.upkeep.audit.files = 1),
            of(|account| account.has_tls = true),
            of(|account| account.alone[1].descriptors = 3),
            of(|account| account.alone[1].threads = 1),
            of(|account| account.alone[1].peak_memory_mib = 501.0),
            of(|account| account.ended_well = false),
        ];
        insta::assert_snapshot!(told.join("\n"));
    }
}
