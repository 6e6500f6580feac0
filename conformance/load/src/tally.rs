//! What became of the calls, counted.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::call::{Answer, CODES, Fault, OK};
use super::refusal::Refusal;

/// Longest time that is told apart, in nanoseconds: what takes longer counts as
/// this.
const LONGEST_NANOS: u64 = 600_000_000_000;
/// Reasons that are told apart. A server that makes up one for each call does not
/// fill the memory.
const MAX_REASONS: usize = 64;
/// Decimal digits that a time is kept with.
const DIGITS: u8 = 3;

/// Counts of a thread, or of all of them. Times are in nanoseconds.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    /// Calls that were begun, counted or not.
    pub(super) begun: u64,
    /// Calls that have ended, counted or not.
    pub(super) ended: u64,
    /// Counted calls with an answer, by its code.
    pub(super) codes: [u64; CODES],
    /// Those with another code than OK, by code and reason.
    pub(super) refusals: BTreeMap<Refusal, u64>,
    /// Counted calls without one.
    pub(super) faults: BTreeMap<Fault, u64>,
    /// Messages of counted calls.
    pub(super) messages: u64,
    /// Bytes of DATA that came, of counted calls.
    pub(super) bytes: u64,
    /// Times from a call's start.
    pub(super) from_start: Histogram<u64>,
    /// Times from when a call was due, in an open loop.
    pub(super) from_due: Histogram<u64>,
    /// When the last counted call ended.
    pub(super) last_end: Option<Instant>,
    /// Connections that were made again.
    pub(super) reconnects: u64,
    /// Connections that could not be made again.
    pub(super) given_up: u64,
    /// Calls that timed out since the last answer.
    pub(super) unanswered: u64,
}

/// When a call was due, started and ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) due: Option<Instant>,
    pub(super) start: Instant,
    pub(super) end: Instant,
}

impl Default for Tally {
    fn default() -> Self {
        Self::new()
    }
}

impl Tally {
    pub(super) fn new() -> Self {
        let times = || {
            Histogram::new_with_bounds(1, LONGEST_NANOS, DIGITS).expect("the bounds are in order")
        };
        Self {
            begun: 0,
            ended: 0,
            codes: [0; CODES],
            refusals: BTreeMap::new(),
            faults: BTreeMap::new(),
            messages: 0,
            bytes: 0,
            from_start: times(),
            from_due: times(),
            last_end: None,
            reconnects: 0,
            given_up: 0,
            unanswered: 0,
        }
    }

    /// A call has ended; it counts if it was due at `counted_from` or later.
    ///
    /// Times are kept of calls with the code OK and of those that timed out: the
    /// time that a refusal takes is another matter.
    pub(super) fn record(
        &mut self,
        outcome: Result<Answer, Fault>,
        times: Times,
        counted_from: Instant,
    ) {
        self.ended += 1;
        self.unanswered = if outcome == Err(Fault::Timeout) { self.unanswered + 1 } else { 0 };
        if times.due.unwrap_or(times.start) < counted_from {
            return;
        }
        self.last_end = self.last_end.max(Some(times.end));
        match outcome {
            Ok(answer) => {
                self.codes[answer.code] += 1;
                if answer.code != OK {
                    self.refuse(Refusal { code: answer.code, reason: answer.reason }, 1);
                }
                self.messages += answer.messages;
                self.bytes += answer.bytes;
            }
            Err(fault) => *self.faults.entry(fault).or_default() += 1,
        }
        if matches!(outcome, Ok(Answer { code: OK, .. }) | Err(Fault::Timeout)) {
            self.from_start.saturating_record(nanos(times.end - times.start));
            if let Some(due) = times.due {
                self.from_due.saturating_record(nanos(times.end.saturating_duration_since(due)));
            }
        }
    }

    /// Adds what another thread counted.
    pub(super) fn add(&mut self, other: &Self) {
        self.begun += other.begun;
        self.ended += other.ended;
        for (code, other) in self.codes.iter_mut().zip(other.codes) {
            *code += other;
        }
        for (&refusal, &other) in &other.refusals {
            self.refuse(refusal, other);
        }
        for (&fault, other) in &other.faults {
            *self.faults.entry(fault).or_default() += other;
        }
        self.messages += other.messages;
        self.bytes += other.bytes;
        self.from_start.add(&other.from_start).expect("all have the same bounds");
        self.from_due.add(&other.from_due).expect("all have the same bounds");
        self.last_end = self.last_end.max(other.last_end);
        self.reconnects += other.reconnects;
        self.given_up += other.given_up;
        self.unanswered += other.unanswered;
    }

    fn refuse(&mut self, mut refusal: Refusal, calls: u64) {
        if self.refusals.len() >= MAX_REASONS && !self.refusals.contains_key(&refusal) {
            refusal.reason = None;
        }
        *self.refusals.entry(refusal).or_default() += calls;
    }

    /// Counted calls.
    pub(super) fn calls(&self) -> u64 {
        self.codes.iter().sum::<u64>() + self.faults.values().sum::<u64>()
    }

    /// Counted calls with the code OK.
    pub(super) fn ok(&self) -> u64 {
        self.codes[OK]
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::refusal::Reason;
    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    #[test]
    fn a_call_counts_from_the_end_of_the_warm_up() {
        let from = Instant::now();
        let mut tally = Tally::new();
        let early = Times { due: Some(from), start: from, end: from + MILLI };
        tally.record(Ok(Answer::default()), early, from + MILLI);
        assert_eq!((tally.ended, tally.calls()), (1, 0));
        tally.record(Ok(Answer::default()), early, from);
        assert_eq!((tally.ended, tally.calls()), (2, 1));
    }

    #[test]
    fn times_are_those_of_good_calls_and_of_calls_that_timed_out() {
        let start = Instant::now();
        let times = Times { due: Some(start), start: start + MILLI, end: start + 3 * MILLI };
        let mut tally = Tally::new();
        for outcome in [
            Ok(Answer::default()),
            Ok(Answer { code: 8, ..Answer::default() }),
            Err(Fault::Connection),
            Err(Fault::Timeout),
        ] {
            tally.record(outcome, times, start);
        }
        assert_eq!((tally.calls(), tally.ok(), tally.from_start.len()), (4, 1, 2));
        assert!(tally.from_start.equivalent(tally.from_start.max(), 2_000_000));
        assert!(tally.from_due.equivalent(tally.from_due.max(), 3_000_000));
    }

    #[test]
    fn an_answer_ends_the_silence() {
        let start = Instant::now();
        let times = Times { due: None, start, end: start };
        let mut tally = Tally::new();
        tally.record(Err(Fault::Timeout), times, start);
        tally.record(Err(Fault::Timeout), times, start);
        assert_eq!(tally.unanswered, 2);
        tally.record(Ok(Answer::default()), times, start);
        assert_eq!(tally.unanswered, 0);
    }

    #[test]
    fn a_server_with_ever_new_reasons_does_not_fill_the_memory() {
        let start = Instant::now();
        let times = Times { due: None, start, end: start };
        let mut tally = Tally::new();
        for number in 0..10 * MAX_REASONS {
            let reason = Reason::from(&format!("REASON_{number}")).ok();
            tally.record(Ok(Answer { code: 8, reason, ..Answer::default() }), times, start);
        }
        assert_eq!(tally.refusals.len(), MAX_REASONS + 1);
        assert_eq!(tally.refusals.values().sum::<u64>(), tally.codes[8]);
        assert_eq!(tally.refusals[&Refusal { code: 8, reason: None }], 9 * MAX_REASONS as u64);
    }

    #[test]
    fn threads_add_up() {
        let start = Instant::now();
        let times = Times { due: None, start, end: start + MILLI };
        let mut one = Tally::new();
        one.record(Ok(Answer { messages: 2, bytes: 10, ..Answer::default() }), times, start);
        one.record(Err(Fault::NoStatus), times, start);
        let mut both = Tally::new();
        both.add(&one);
        both.add(&one);
        assert_eq!((both.calls(), both.ok(), both.messages, both.bytes), (4, 2, 4, 20));
        assert_eq!(both.faults[&Fault::NoStatus], 2);
        assert_eq!(both.last_end, Some(start + MILLI));
    }
}
