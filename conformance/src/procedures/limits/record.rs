//! The calls of a key that were admitted and refused, and what can be said of its
//! rate for certain.

use std::time::{Duration, Instant};

use super::{Decision, decision};
use crate::check::{CheckError, CheckResult, expect};
use crate::procedures::session::Called;

/// The interval of a rate.
const SECOND: Duration = Duration::from_secs(1);
/// Two clocks count a second as differently as this at most.
const CLOCKS: Duration = Duration::from_millis(1);
/// What is less than a second by any clock.
const CERTAIN: Duration = SECOND.saturating_sub(CLOCKS);

/// The server decided at some time in it.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: Instant,
    to: Instant,
}

/// What has come of the calls of one key.
#[derive(Debug, Default)]
pub(super) struct Record {
    admitted: Vec<Span>,
    refused: Vec<Span>,
}

impl Record {
    /// Takes a call, which is OK or refused for its rate.
    pub(super) fn add(&mut self, called: &Called) -> CheckResult<Decision> {
        let decision = decision(&called.answer)?;
        let span = Span { from: called.sent, to: called.received };
        match decision {
            Decision::Admitted => self.admitted.push(span),
            Decision::OverRate => self.refused.push(span),
            Decision::NoPlace => {
                return Err(CheckError::different(
                    "a place for each call",
                    "a refusal for want of one",
                ));
            }
        }
        Ok(decision)
    }

    /// Takes a call that was admitted, and is open still.
    pub(super) fn add_open(&mut self, sent: Instant) {
        self.admitted.push(Span { from: sent, to: Instant::now() });
    }

    /// When the server decided about the first call: from, to.
    pub(super) fn first(&self) -> Option<(Instant, Instant)> {
        self.admitted.first().map(|span| (span.from, span.to))
    }

    /// How many were refused.
    pub(super) fn refused(&self) -> usize {
        self.refused.len()
    }

    /// Whether there were never more calls in a second than `limit`, and none was
    /// refused while there were fewer.
    pub(super) fn check(&self, limit: usize) -> CheckResult {
        self.check_most(limit)?;
        self.check_least(limit)
    }

    fn check_most(&self, limit: usize) -> CheckResult {
        for first in &self.admitted {
            let end = first.from + CERTAIN;
            let inside = |span: &&Span| span.from >= first.from && span.to < end;
            let count = self.admitted.iter().filter(inside).count();
            expect(count <= limit, format!("at most {limit} calls admitted in a second"), || {
                format!("{count} within less than a second")
            })?;
        }
        Ok(())
    }

    fn check_least(&self, limit: usize) -> CheckResult {
        for refused in &self.refused {
            // All that may have been in the second before, whenever that was.
            let possible =
                |span: &&Span| span.from <= refused.to && span.to + SECOND + CLOCKS > refused.from;
            let count = self.admitted.iter().filter(possible).count();
            expect(count >= limit, format!("no refusal before {limit} calls in a second"), || {
                format!("a refusal after at most {count}")
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls that took 2 ms each, at these milliseconds.
    fn record(admitted: &[u64], refused: &[u64]) -> Record {
        let start = Instant::now();
        let spans = |times: &[u64]| {
            let span = |ms: &u64| {
                let from = start + Duration::from_millis(*ms);
                Span { from, to: from + Duration::from_millis(2) }
            };
            times.iter().map(span).collect()
        };
        Record { admitted: spans(admitted), refused: spans(refused) }
    }

    #[test]
    fn more_calls_than_the_limit_in_less_than_a_second_are_too_many() {
        assert!(record(&[0, 500, 990], &[]).check(3).is_ok());
        assert!(record(&[0, 500, 990], &[]).check(2).is_err());
        // Perhaps the first was admitted early and the last late.
        assert!(record(&[0, 500, 998], &[]).check(2).is_ok());
    }

    #[test]
    fn a_refusal_needs_as_many_calls_as_the_limit_before_it() {
        assert!(record(&[0, 1], &[500]).check(2).is_ok());
        assert!(record(&[0, 1], &[500]).check(3).is_err());
        assert!(record(&[0, 1], &[1002]).check(2).is_ok());
        assert!(record(&[0, 1], &[1010]).check(2).is_err());
        // One that came at the same time may have been before it.
        assert!(record(&[0, 501], &[500]).check(2).is_ok());
        assert!(record(&[0, 600], &[500]).check(2).is_err());
    }
}
