//! What callers have seen.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::call::Seen;
use crate::mix::{Kind, MIX};

/// The parts of a run whose latencies are kept apart.
pub(crate) const PARTS: usize = 10;
/// Latencies are counted in microseconds, up to an hour, to three digits.
const MOST_US: u64 = 3_600_000_000;
const DIGITS: u8 = 3;
/// Lines that a report has of what was not as it should be.
const SHOWN: usize = 20;

/// What the callers of one server have seen.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// Calls by the protocol's name in the audit, without those of health.
    pub(crate) by_protocol: BTreeMap<&'static str, u64>,
    /// The same by their code.
    pub(crate) by_code: BTreeMap<i32, u64>,
    /// Checks of health.
    pub(crate) health: u64,
    /// All of it by kind, also what was never sent.
    pub(crate) by_kind: BTreeMap<Kind, u64>,
    /// Calls that were due.
    pub(crate) due: u64,
    /// Connections that no call was made on.
    pub(crate) half_open: u64,
    /// Calls that were not made since too many were under way.
    pub(crate) not_made: u64,
    /// What was not as it should be.
    pub(crate) unexpected: u64,
    /// The first of it.
    pub(crate) shown: Vec<String>,
    /// How long calls took from when they were due, in each part of the run.
    pub(crate) latency: Vec<Histogram<u64>>,
    /// The last answer to each request that came again.
    answers: HashMap<String, u64>,
    /// Answers that were compared with those of the same request before.
    pub(crate) compared: u64,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        let histogram = || Histogram::new_with_bounds(1, MOST_US, DIGITS).expect("good bounds");
        Self {
            by_protocol: BTreeMap::new(),
            by_code: BTreeMap::new(),
            health: 0,
            by_kind: BTreeMap::new(),
            due: 0,
            half_open: 0,
            not_made: 0,
            unexpected: 0,
            shown: Vec::new(),
            latency: (0..PARTS).map(|_| histogram()).collect(),
            answers: HashMap::new(),
            compared: 0,
        }
    }

    /// Notes how a call went that was due in this part of the run.
    pub(crate) fn note(&mut self, kind: Kind, part: usize, took: Duration, seen: Seen) {
        *self.by_kind.entry(kind).or_default() += 1;
        let Seen { protocol, code, fault, answer } = seen;
        match (kind, code) {
            (Kind::HalfOpen, _) => self.half_open += 1,
            // It was never sent.
            (_, None) if fault.is_some() => {}
            (Kind::Health, _) => self.health += 1,
            (_, code) => {
                *self.by_protocol.entry(protocol).or_default() += 1;
                *self.by_code.entry(code.unwrap_or(-1)).or_default() += 1;
            }
        }
        if let Some(fault) = fault {
            self.is_unexpected(format!("{kind:?} by {protocol}: {fault}"));
        } else if let Some(code) = code
            && !kind.allowed().contains(&code)
        {
            let name = conformance_wire::CODE_NAMES.get(code as usize).unwrap_or(&"no code");
            self.is_unexpected(format!("{kind:?} by {protocol} ends with {name}"));
        }
        if kind.is_timed() && code == Some(0) {
            let part = part.min(PARTS - 1);
            self.latency[part].saturating_record(took.as_micros() as u64);
        }
        if let Some((request, answer)) = answer {
            self.compare(request, answer);
        }
    }

    /// Notes that something was not as it should be.
    pub(crate) fn is_unexpected(&mut self, what: String) {
        self.unexpected += 1;
        if self.shown.len() < SHOWN {
            self.shown.push(what);
        }
    }

    /// Calls of which it is known how they ended.
    pub(crate) fn noted(&self) -> u64 {
        self.by_kind.values().sum()
    }

    /// Kinds of which there is no call, where chance alone can hardly have it so.
    pub(crate) fn missing(&self) -> impl Iterator<Item = Kind> {
        /// Of so many that are expected, none comes once in twenty thousand runs.
        const EXPECTED: u64 = 10;
        let of_1000: u64 = MIX.iter().map(|(_, weight)| weight).sum();
        let is_missing = move |(kind, weight): &(Kind, u64)| {
            !self.by_kind.contains_key(kind) && self.due * weight / of_1000 >= EXPECTED
        };
        MIX.into_iter().filter(is_missing).map(|(kind, _)| kind)
    }

    /// All calls but those of health.
    pub(crate) fn calls(&self) -> u64 {
        self.by_code.values().sum()
    }

    /// The same request has the same answer, by whichever protocol.
    fn compare(&mut self, request: String, answer: u64) {
        if let Some(before) = self.answers.get(&request) {
            self.compared += 1;
            if *before != answer {
                self.is_unexpected(format!("{request} has two answers"));
            }
        } else {
            self.answers.insert(request, answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(code: Option<i32>, answer: Option<(&str, u64)>) -> Seen {
        let answer = answer.map(|(request, answer)| (request.to_owned(), answer));
        Seen { protocol: "grpc", code, fault: None, answer }
    }

    #[test]
    fn an_end_that_is_not_allowed_is_unexpected() {
        let mut ledger = Ledger::new();
        let ms = Duration::from_millis(1);
        ledger.note(Kind::Unary, 0, ms, seen(Some(0), None));
        ledger.note(Kind::UnknownKey, 0, ms, seen(Some(16), None));
        assert_eq!((ledger.calls(), ledger.unexpected), (2, 0));
        ledger.note(Kind::Unary, 0, ms, seen(Some(16), None));
        assert_eq!((ledger.calls(), ledger.unexpected), (3, 1));
        let fault = Some("it broke".to_owned());
        let broken = Seen { protocol: "grpc", code: None, fault, answer: None };
        ledger.note(Kind::Unary, 0, ms, broken);
        assert_eq!((ledger.calls(), ledger.noted(), ledger.unexpected), (3, 4, 2));
        assert_eq!(ledger.latency[0].len(), 1);
    }

    #[test]
    fn a_kind_is_missed_where_it_should_have_come() {
        let mut ledger = Ledger::new();
        ledger.note(Kind::Unary, 0, Duration::ZERO, seen(Some(0), None));
        assert_eq!(ledger.missing().count(), 0);
        ledger.due = 250;
        let missing: Vec<_> = ledger.missing().collect();
        assert_eq!(missing, [Kind::Stream, Kind::Health, Kind::Web, Kind::WebStream]);
        ledger.due = 10_000;
        assert_eq!(ledger.missing().count(), MIX.len() - 1);
    }

    #[test]
    fn two_answers_to_one_request_are_unexpected() {
        let mut ledger = Ledger::new();
        for answer in [7, 7, 8] {
            let seen = seen(Some(0), Some(("{}", answer)));
            ledger.note(Kind::Unary, 0, Duration::ZERO, seen);
        }
        assert_eq!((ledger.compared, ledger.unexpected), (2, 1));
    }
}
