//! Calls that have no line of their own in the audit, but are counted in one.
//!
//! Anyone can be refused as often as they like. With a line for each, who knows
//! no key could write fifty megabytes a second.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use mfn_access::rate::SlidingWindow;
use tokio::time::Instant;

use super::one_line::Line;
use super::record::Outcome;
use super::{KIND, timestamp};

/// Lines of unknown callers in any second. Beyond them their calls are counted.
const MAX_OWN_LINES: u32 = 100;
/// How often the counts are written, at most.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug)]
pub(super) struct Sums {
    state: Mutex<State>,
    /// The rate of lines is measured from here.
    start: Instant,
}

#[derive(Debug)]
struct State {
    /// The lines of the last second.
    own_lines: SlidingWindow,
    /// By code and reason. The reasons are this server's own, so they are few.
    counts: BTreeMap<Kind, u64>,
}

/// Code and reason.
type Kind = (&'static str, Option<Cow<'static, str>>);

/// A line for many calls.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sum {
    kind: Kind,
    count: u64,
}

impl Default for Sums {
    fn default() -> Self {
        let own_lines = SlidingWindow::new(MAX_OWN_LINES);
        let state = Mutex::new(State { own_lines, counts: BTreeMap::new() });
        Self { state, start: Instant::now() }
    }
}

impl Sums {
    /// Whether an unknown caller's call that ends `now` may have a line of its own.
    pub(super) fn grant_line(&self, now: Instant) -> bool {
        let now = now.saturating_duration_since(self.start);
        self.state().own_lines.admit(now).is_ok()
    }

    /// Counts a call that has no line of its own.
    pub(super) fn count(&self, outcome: &Outcome) {
        let kind = (outcome.code_name(), outcome.reason().cloned());
        *self.state().counts.entry(kind).or_default() += 1;
    }

    /// Takes out what was counted.
    pub(super) fn take(&self) -> Vec<Sum> {
        let counts = std::mem::take(&mut self.state().counts);
        counts.into_iter().map(|(kind, count)| Sum { kind, count }).collect()
    }

    /// No panic can leave a count half changed.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sum {
    /// How many calls it stands for.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Appends the line of a sum that was taken at the time `ts`.
    pub(super) fn write_to(&self, ts: SystemTime, lines: &mut Vec<u8>) {
        let Self { kind: (code, reason), count } = self;
        let mut line = Line::begin(lines, "ts", &timestamp::rfc3339(ts));
        line.text("kind", KIND);
        line.text("code", code);
        line.optional_text("reason", reason.as_deref());
        line.number("count", count);
        line.end();
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    // shows MFN-AUDIT-011
    #[test]
    fn no_second_has_more_than_a_hundred_lines_wherever_it_begins() {
        let sums = Sums::default();
        let start = Instant::now();
        let granted = |ms, calls| {
            let now = start + Duration::from_millis(ms);
            (0..calls).filter(|_| sums.grant_line(now)).count()
        };
        assert_eq!([granted(0, 1), granted(999, 1000), granted(1000, 1000)], [1, 99, 1]);
        assert_eq!([granted(1998, 1000), granted(1999, 1000), granted(2000, 1000)], [0, 99, 1]);
    }

    // shows MFN-AUDIT-009, MFN-AUDIT-011
    #[test]
    fn a_hundred_calls_a_second_have_lines_and_the_others_are_counted_by_kind() {
        let sums = Sums::default();
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let granted = |ms| (0..1000).filter(|_| sums.grant_line(at(ms))).count();
        assert_eq!([0, 500, 999, 1000, 1001].map(granted), [100, 0, 0, 100, 0]);

        for _ in 0..3 {
            sums.count(&Outcome::not_grpc());
        }
        sums.count(&Outcome::abandoned());
        let mut lines = Vec::new();
        for sum in sums.take() {
            sum.write_to(UNIX_EPOCH, &mut lines);
        }
        assert_eq!(
            String::from_utf8(lines).expect("UTF-8"),
            [("CANCELLED", "null", 1), ("UNKNOWN", "\"NOT_GRPC\"", 3)]
                .map(|(code, reason, count)| {
                    let begin = r#"{"ts":"1970-01-01T00:00:00.000Z","kind":"audit","code":"#;
                    format!("{begin}\"{code}\",\"reason\":{reason},\"count\":{count}}}\n")
                })
                .concat()
        );
        assert_eq!(sums.take(), []);
    }
}
