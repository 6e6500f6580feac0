//! The report as a person reads it.

use std::fmt::{self, Write as _};

use super::expect;
use super::latency::Latency;
use super::outcome::Ending;
use super::refusal;
use super::report::{Refused, Report};
use super::time::time;

/// Length of the histogram's longest bar.
const BAR: u64 = 40;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_head(f)?;
        self.write_counts(f)?;
        self.write_errors(f)?;
        self.write_latency(f)?;
        self.write_histogram(f)?;
        self.write_notes(f)?;
        expect::write(f, &self.expectations)
    }
}

impl Report {
    fn write_head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let load = &self.load;
        writeln!(f, "{} at {}", load.method, load.target)?;
        let pace = match load.rate {
            Some(rate) => format!("open loop of {rate} calls/s"),
            None => "closed loop".to_owned(),
        };
        let (connections, streams) = (load.connections, load.streams);
        writeln!(f, "{connections} connections of {streams} streams, {pace}, seed {}", load.seed)?;
        writeln!(f)
    }

    /// The first line is of the calls that succeeded: that others were refused
    /// quickly says nothing for a server.
    fn write_counts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ok, messages, .. } = self;
        let seconds = self.elapsed_seconds;
        writeln!(f, "succeeded {ok:>12} in {seconds:.2} s  {:>10.0} a second", self.ok_per_second)?;
        let mb = self.received_mb_per_second;
        writeln!(
            f,
            "messages  {messages:>12}{:>width$}  {:>10.0} a second, {mb:.2} MB/s",
            "",
            self.messages_per_second,
            width = format!(" in {seconds:.2} s").len()
        )?;
        let Self { errors, calls, .. } = self;
        writeln!(f, "failed    {errors:>12} of {calls} calls, {:.3} %", 100.0 * self.error_rate)
    }

    fn write_errors(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Refused { code, reason, calls } in &self.refusals {
            match reason {
                Some(reason) => writeln!(f, "          {calls:>12}  {code}: {reason}")?,
                None => writeln!(f, "          {calls:>12}  {code}")?,
            }
        }
        for (kind, calls) in &self.faults {
            writeln!(f, "          {calls:>12}  {kind}")?;
        }
        writeln!(f)
    }

    /// What most of the refused calls were refused for, as the end of a sentence;
    /// empty if the server gave no reason.
    pub(super) fn most_refused(&self) -> String {
        match self.refusals.first() {
            Some(Refused { reason: Some(reason), calls, .. }) => {
                format!("; {calls} were refused for {reason}")
            }
            _ => String::new(),
        }
    }

    /// What to do about what most of the refused calls were refused for, as the end
    /// of a sentence; empty if that is not known.
    pub(super) fn what_to_do(&self) -> String {
        let reason = self.refusals.first().and_then(|refused| refused.reason.as_deref());
        reason.and_then(refusal::hint).map(|hint| format!(": {hint}")).unwrap_or_default()
    }

    fn write_latency(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Latency { count, .. } = self.latency.measured;
        if count == 0 {
            return writeln!(f, "no call succeeded, so there are no latencies");
        }
        writeln!(f, "latency       measured     corrected")?;
        let both = self.latency.measured.rows().into_iter().zip(self.latency.corrected.rows());
        for ((name, measured), (_, corrected)) in both {
            writeln!(f, "{name:<8}{:>14}{:>14}", time(measured), time(corrected))?;
        }
        writeln!(f)?;
        match self.latency.expected_interval_us {
            None => writeln!(
                f,
                "measured: from the sending of a call. corrected: from when it was due, so with\n\
                 the time that it waited for a free stream; this is the one to quote."
            ),
            Some(interval) => writeln!(
                f,
                "measured: from the sending of a call. corrected: for coordinated omission, with\n\
                 the calls added that a stream would have sent, one every {}, while it waited\n\
                 for a slower one.",
                time(interval)
            ),
        }
    }

    fn write_histogram(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(most) = self.histogram.iter().map(|bar| bar.calls).max() else { return Ok(()) };
        writeln!(f, "\nup to              calls, as measured")?;
        for bar in &self.histogram {
            let mut line = format!("{:<10}{:>14}  ", time(bar.up_to_us), bar.calls);
            for _ in 0..(bar.calls * BAR).div_ceil(most.max(1)) {
                line.write_char('#')?;
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }

    fn write_notes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let notes = self.notes();
        if !notes.is_empty() {
            writeln!(f)?;
        }
        notes.iter().try_for_each(|note| writeln!(f, "note: {note}"))
    }

    /// What is not to be overlooked, a sentence each.
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        match self.ending {
            Ending::Complete => {}
            Ending::Interrupted => notes.push("it was interrupted".to_owned()),
            Ending::Unanswered => notes.push("the server stopped answering".to_owned()),
            Ending::ConnectionsLost => notes.push("all connections were lost".to_owned()),
        }
        if self.not_started > 0 {
            let calls = self.not_started;
            notes.push(format!("{calls} calls were due, and no stream was free for them"));
        }
        if self.cut_off > 0 {
            notes.push(format!("{} calls were cut off and are not counted", self.cut_off));
        }
        if self.reconnects + self.connections_given_up > 0 {
            let (again, never) = (self.reconnects, self.connections_given_up);
            notes.push(format!("broken connections: {again} made again, {never} given up"));
        }
        let reasons = self.refusals.iter().filter_map(|refused| refused.reason.as_deref());
        let hints =
            reasons.filter_map(|reason| Some(format!("{reason}: {}", refusal::hint(reason)?)));
        notes.extend(hints);
        if self.streams_allowed < self.load.streams {
            let (allowed, streams) = (self.streams_allowed, self.load.streams);
            notes.push(format!(
                "the server allows {allowed} streams on a connection, and {streams} were asked for"
            ));
        }
        notes
    }
}

impl Latency {
    fn rows(&self) -> [(&'static str, f64); 9] {
        [
            ("min", self.min_us),
            ("mean", self.mean_us),
            ("p50", self.p50_us),
            ("p90", self.p90_us),
            ("p95", self.p95_us),
            ("p99", self.p99_us),
            ("p99.9", self.p99_9_us),
            ("p99.99", self.p99_99_us),
            ("max", self.max_us),
        ]
    }
}
