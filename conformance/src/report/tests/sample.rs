//! A made-up run that has each verdict, and texts of a hostile server.

use std::collections::BTreeMap;

use crate::case::{Level, Profile};
use crate::report::printable::{LINES_MAX, TEXT_BYTES_MAX};
use crate::report::{Record, Report, Requirement};
use crate::verdict::{Evidence, Outcome, Verdict};

/// What ends a script, an attribute, a comment and CDATA.
pub(super) const HOSTILE: &str = "</script><img src=x onerror=\"alert('1')\">&amp;--><![CDATA[ ]]>";

/// What moves a cursor, sets a title, and turns the direction of a line.
pub(super) const ESCAPES: &str = "\u{1b}[2J\u{1b}]0;title\u{7}\0\u{9b}1m\r\u{202e}desrever";

pub(super) fn report(results: Vec<Record>) -> Report {
    Report {
        suite: "0.1.0".to_owned(),
        spec: "1.0.0".to_owned(),
        fixtures_sha256: "5d41402abc4b2a76b9719d911017c592ae2f0e4f5d41402abc4b2a76b9719d91"
            .to_owned(),
        seed: 7,
        target: "127.0.0.1:50051".to_owned(),
        started_at: "2026-01-02T03:04:05Z".to_owned(),
        duration_ms: 12_345,
        musts_of_suite: BTreeMap::new(),
        results,
        known_failing_faults: Vec::new(),
        requires_conformance: false,
        left_running: Vec::new(),
    }
}

pub(super) fn record(profile: Profile, level: Level, verdict: Verdict) -> Record {
    let case = format!("defaults/{}", verdict.name().replace(' ', "-"));
    let outcome = match verdict {
        Verdict::Pass => Outcome::pass(),
        other => Outcome::because(other, format!("A made-up reason for {}.", other.name())),
    };
    Record {
        name: format!("{profile}/{case}"),
        case,
        title: "A field that is left out has its default.".to_owned(),
        profile,
        level,
        shows: vec![requirement("MFN-WIRE-004", level)],
        duration_ms: 7,
        outcome,
    }
}

/// One test of each verdict, in different profiles, with all that can be shown.
pub(super) fn of_each_verdict() -> Report {
    let mut results = vec![
        record(Profile::Wire, Level::Must, Verdict::Pass),
        record(Profile::Wire, Level::Should, Verdict::Fail),
        record(Profile::Numeric, Level::Must, Verdict::Fail),
        record(Profile::Numeric, Level::Must, Verdict::UnexpectedPass),
        record(Profile::Errors, Level::Must, Verdict::Error),
        record(Profile::Errors, Level::Must, Verdict::ExpectedFailure),
        record(Profile::Auth, Level::Must, Verdict::Skip),
        record(Profile::Auth, Level::May, Verdict::NotApplicable),
        record(Profile::Extras, Level::Must, Verdict::Error),
    ];
    results[2].outcome.evidence = Some(Evidence {
        request: vec!["mfn.MFNSimulationService/RunSimulation".to_owned(), "{\"seed\": 42}".to_owned()],
        metadata: vec!["x-timestamp: 1767323045".to_owned()],
        expected: vec!["code OK".to_owned(), "pot_min_mV = -70.60342276654997".to_owned()],
        actual: vec!["code OK".to_owned(), "pot_min_mV = -70.6034227665".to_owned()],
        repeat: vec!["grpcurl -plaintext -d '{\"seed\": 42}' 127.0.0.1:50051 mfn.MFNSimulationService/RunSimulation".to_owned()],
        ..Evidence::default()
    });
    results[4].outcome.evidence = Some(hostile());
    results[4].outcome.reason = Some(format!("The server closed the connection: {HOSTILE}"));
    let mut report = report(results);
    report.musts_of_suite = BTreeMap::from([(Profile::Wire, 1), (Profile::Numeric, 31)]);
    report.known_failing_faults =
        vec!["line 3: no test is called `wire/defaults/old-name`".to_owned()];
    report
}

fn hostile() -> Evidence {
    Evidence {
        request: vec!["bytes 00 00 00 00 05".to_owned()],
        metadata: vec![format!("x-request-id: {HOSTILE}")],
        expected: vec!["code INVALID_ARGUMENT".to_owned()],
        actual: vec![
            HOSTILE.to_owned(),
            format!("{ESCAPES} two\nlines"),
            "Grüße, 世界, 🍄".to_owned(),
        ],
        repeat: vec![format!("grpcurl -H 'x-request-id: {ESCAPES}' 127.0.0.1:50051 list")],
        ..Evidence::default()
    }
}

/// 81 failures of one cause, and one of another.
pub(super) fn alike() -> Report {
    let failure = |number: usize, expected: String, actual: String| {
        let mut record = record(Profile::Numeric, Level::Must, Verdict::Fail);
        record.name = format!("numeric/defaults/{number}");
        record.outcome.reason = Some(format!("expected {expected}; got {actual}"));
        let (expected, actual) = (vec![expected], vec![actual]);
        record.outcome.evidence = Some(Evidence { expected, actual, ..Evidence::default() });
        record
    };
    let wrong = |number| {
        let actual = format!("pot_min_mV -70.{number} in message {number}");
        failure(number, format!("pot_min_mV -{number}e-3"), actual)
    };
    let other = failure(81, "code OK".to_owned(), "code INTERNAL: boom".to_owned());
    report((0..81).map(wrong).chain([other]).collect())
}

/// A failure of which too much came.
pub(super) fn of_too_much() -> Report {
    let mut record = record(Profile::Wire, Level::Must, Verdict::Fail);
    record.outcome.reason = Some("r".repeat(TEXT_BYTES_MAX + 1));
    record.outcome.evidence = Some(Evidence {
        actual: (0..=LINES_MAX).map(|line| format!("frame-{line}-")).collect(),
        repeat: vec!["c".repeat(TEXT_BYTES_MAX + 1)],
        ..Evidence::default()
    });
    report(vec![record])
}

pub(super) fn requirement(id: &str, level: Level) -> Requirement {
    Requirement {
        id: id.to_owned(),
        level,
        text: "A field that is left out, or has the default value of its type, is answered as if \
               it had the default of the table: `grid_size` 64, `steps` 64, `alpha` 0.18."
            .to_owned(),
        page: "wire.md".to_owned(),
        link: "spec/wire.md#defaults-and-ranges".to_owned(),
    }
}
