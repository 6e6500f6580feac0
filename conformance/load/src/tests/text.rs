//! The report as a person reads it.

use std::time::{Duration, Instant};

use crate::Failure;
use crate::call::{self, Answer, Fault};
use crate::outcome::{Ending, Outcome};
use crate::refusal::Reason;
use crate::report::{Report, Settings};
use crate::tally::{Tally, Times};
use crate::time::time;

const MILLI: Duration = Duration::from_millis(1);

pub(super) fn report(rate: Option<f64>, tally: Tally, ending: Ending) -> Report {
    let settings = Settings {
        target: "http://127.0.0.1:50051".to_owned(),
        method: "mfn.MFNSimulationService/RunSimulation".to_owned(),
        data: "{}".to_owned(),
        connections: 10,
        streams: 10,
        threads: 2,
        duration_seconds: Some(2.0),
        calls: None,
        rate,
        ramp_seconds: 0.0,
        warm_up_seconds: 0.0,
        timeout_seconds: 5.0,
        seed: "new".to_owned(),
        signed: "never",
    };
    let elapsed = Duration::from_secs(2);
    let outcome = Outcome { tally, elapsed, ending, not_started: 0, streams_allowed: 100 };
    Report::new(settings, &outcome)
}

/// A call that was due at 0, started after `wait` and took `took`.
pub(super) fn record(
    tally: &mut Tally,
    outcome: Result<Answer, Fault>,
    wait: Duration,
    took: Duration,
) {
    let due = Instant::now();
    let times = Times { due: Some(due), start: due + wait, end: due + wait + took };
    tally.record(outcome, times, due);
}

const OK: Result<Answer, Fault> =
    Ok(Answer { code: call::OK, reason: None, messages: 1, bytes: 100 });

#[test]
fn a_closed_loop_that_stalls_once() {
    let mut tally = Tally::new();
    for _ in 0..999 {
        record(&mut tally, OK, Duration::ZERO, MILLI);
    }
    record(&mut tally, OK, Duration::ZERO, 1000 * MILLI);
    let report = report(None, tally, Ending::Complete);
    let (measured, corrected) = (report.latency.measured, report.latency.corrected);
    assert_eq!(measured.count, 1000);
    assert!(measured.p99_us < 1010.0, "the stall is hidden");
    // With a call every 2 ms meanwhile, a third of all would have waited.
    assert!((1490..1510).contains(&corrected.count), "{}", corrected.count);
    assert!((950e3..1000e3).contains(&corrected.p99_us), "{}", corrected.p99_us);
    insta::assert_snapshot!(report);
}

#[test]
fn an_open_loop_with_all_that_can_go_wrong() {
    let mut tally = Tally::new();
    for _ in 0..90 {
        record(&mut tally, OK, MILLI, 2 * MILLI);
    }
    let reason = Reason::from("RATE_LIMIT_RPS").ok();
    for reason in [reason, reason, None, reason] {
        record(&mut tally, Ok(Answer { code: 8, reason, ..Answer::default() }), MILLI, MILLI);
    }
    record(&mut tally, Err(Fault::Timeout), 1000 * MILLI, 5000 * MILLI);
    for fault in [Fault::Connection, Fault::NoStatus, Fault::HttpStatus(503), Fault::Reset(7)] {
        record(&mut tally, Err(fault), MILLI, MILLI);
    }
    tally.begun = tally.ended + 3;
    tally.reconnects = 2;
    tally.given_up = 1;
    let mut report = report(Some(50.0), tally, Ending::Interrupted);
    report.not_started = 7;
    report.streams_allowed = 5;
    assert!(report.latency.corrected.p50_us - report.latency.measured.p50_us > 990.0);
    insta::assert_snapshot!(report);
}

#[test]
fn a_run_fails_by_its_error_rate_or_if_nothing_succeeded() {
    let mut tally = Tally::new();
    assert!(report(None, tally.clone(), Ending::Complete).judge(None).is_err());
    record(&mut tally, OK, MILLI, MILLI);
    record(&mut tally, Err(Fault::NoStatus), MILLI, MILLI);
    let half = report(None, tally.clone(), Ending::Complete);
    assert_eq!(half.judge(None), Ok(()));
    assert_eq!(half.judge(Some(0.5)), Ok(()));
    let Err(Failure::Work(message)) = half.judge(Some(0.1)) else { panic!("it is above") };
    insta::assert_snapshot!(message, @"1 of 2 calls failed, which is a rate of 0.500000, allowed is 0.1");
    assert!(report(None, tally, Ending::Unanswered).judge(None).is_err());
}

#[test]
fn a_load_that_was_mostly_refused_is_no_success_and_says_what_to_do() {
    let mut tally = Tally::new();
    for _ in 0..10 {
        record(&mut tally, OK, MILLI, MILLI);
    }
    let reason = Reason::from("RATE_LIMIT_RPS").ok();
    for _ in 0..990 {
        record(&mut tally, Ok(Answer { code: 8, reason, ..Answer::default() }), MILLI, MILLI);
    }
    let report = report(None, tally, Ending::Complete);
    let text = report.to_string();
    let headline = text.lines().nth(3).unwrap_or_default();
    assert_eq!(headline, "succeeded           10 in 2.00 s           5 a second");
    let hint = text.lines().find(|line| line.starts_with("note: RATE_LIMIT_RPS")).expect(&text);
    assert!(hint.contains("MFN_GRPC_RATE_LIMIT_RPS=0"), "{hint}");
    let Err(Failure::Work(message)) = report.judge(None) else { panic!("it is no success") };
    insta::assert_snapshot!(message, @"990 of 1000 calls failed, which is a rate of 0.990000, allowed is 0.5; 990 were refused for RATE_LIMIT_RPS");
    assert_eq!(report.judge(Some(1.0)), Ok(()), "whoever measures refusals may");
}

#[test]
fn a_run_without_a_call_has_no_latencies() {
    let report = report(None, Tally::new(), Ending::ConnectionsLost);
    insta::assert_snapshot!(report);
}

#[test]
fn times_have_three_digits_and_a_unit() {
    let times = [0.0, 0.5, 9.99, 12.34, 123.4, 999.0, 1234.0, 99_960.0, 5e6, 600e6].map(time);
    let expected = [
        "0.00 us", "0.50 us", "9.99 us", "12.3 us", "123 us", "999 us", "1.23 ms", "100 ms",
        "5.00 s", "600 s",
    ];
    assert_eq!(times, expected);
}
