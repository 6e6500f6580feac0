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

#[cfg(test)]
mod tests;

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
        if let Some(growth) = self.growth_mib() {
            holds(
                growth <= GROWTH_MIB,
                format!("the memory has grown by {growth:.1} MiB, of {GROWTH_MIB} allowed"),
            );
        }
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

    /// How much more memory the last part of the run had than the second, if the run was
    /// long enough to tell.
    fn growth_mib(&self) -> Option<f64> {
        let [second, last] = [1, PARTS - 1].map(|part| self.watch.memory_mib(part));
        (self.watch.duration() >= GROWTH_IS_JUDGED_FROM).then_some(last - second)
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
        let growth = self.growth_mib();
        let of_growth = growth.map(|growth| format!("{growth:+.1} of {GROWTH_MIB}"));
        let slope = growth.map(|_| format!("{:+.1}", self.watch.memory_slope()));
        let rows = [("its growth, of what may be", of_growth), ("its slope, MiB an hour", slope)];
        for (what, told) in rows {
            table.row([what.to_owned(), String::new(), told.unwrap_or_else(|| "-".to_owned())]);
        }
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
