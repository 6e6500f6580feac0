//! Runs schedules: few by default, as many as `MFN_SIM_SEEDS` says, or the one of
//! `MFN_SIM_SEED` with all that happens in it.

use std::collections::BTreeMap;
use std::env;
use std::time::{Duration, Instant};

use super::sabotage::Sabotage;
use super::schedule::{Ran, run};

/// Schedules that are run by default.
const SEEDS: u64 = 250;
/// Schedules whose faults are shown.
const MOST_SHOWN: usize = 5;
/// Schedules in which a fault of the server is to be found.
const SEEDS_TO_FIND: u64 = 1000;

/// What some of the schedules have to have, or else they would show little.
const EVERYTHING: [&str; 38] = [
    "call: Admitted",
    "call: AuditStalled",
    "call: Free",
    "call: NotGrpc",
    "call: ScopeDenied",
    "call: SignatureReplayed",
    "call: TooManyASecond",
    "call: TooManyAtOnce",
    "call: Unauthenticated",
    "client: DEADLINE_EXCEEDED DEADLINE",
    "client: NotBegun",
    "client: OK",
    "client: RESOURCE_EXHAUSTED QUEUE_FULL",
    "client: UNAUTHENTICATED SIGNATURE_REPLAYED",
    "client: UNAVAILABLE SHUTTING_DOWN",
    "client of the web: DEADLINE_EXCEEDED DEADLINE",
    "client of the web: OK",
    "client of the web: Lost",
    "client of the web: RESOURCE_EXHAUSTED RATE_LIMIT_RPS",
    "fault: client: does not read",
    "fault: client: does not speak HTTP/2 to its end",
    "fault: client: leaves a call",
    "fault: client: reads slowly",
    "fault: client: vanishes",
    "fault: clock: set",
    "fault: disk: cannot be reopened",
    "fault: disk: error",
    "fault: disk: file moved away",
    "fault: disk: full",
    "fault: disk: nothing taken",
    "fault: disk: pipe that nobody reads",
    "fault: disk: short write",
    "fault: keys: reload",
    "fault: network: closed in one direction",
    "fault: network: peer vanished",
    "fault: network: reset",
    "fault: network: stalled",
    "fault: worker: another pace",
];

fn from_env(name: &str) -> Option<u64> {
    let value = env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is a whole number, and not {value:?}")))
}

/// What is wrong in the schedule of this seed, and how to see it again.
fn fault(seed: u64, ran: &Ran) -> Option<String> {
    let violations = &ran.told.violations;
    (!violations.is_empty()).then(|| {
        format!(
            "{}\n  to see all of it: MFN_SIM_SEED={seed} cargo test -p mfn-server --lib \
             simulation::tests::whatever -- --nocapture",
            violations.join("\n")
        )
    })
}

#[test]
fn whatever_happens_the_invariants_hold() {
    if let Some(seed) = from_env("MFN_SIM_SEED") {
        let ran = run(seed, Sabotage::None);
        println!("{}", ran.told.trace.join("\n"));
        return assert_eq!(fault(seed, &ran), None);
    }
    let begun = Instant::now();
    let seeds = from_env("MFN_SIM_SEEDS").unwrap_or(SEEDS);
    assert!(seeds > 0, "MFN_SIM_SEEDS is at least 1");
    let first = from_env("MFN_SIM_FIRST").unwrap_or(0);
    let (mut calls, mut simulated) = (0, Duration::ZERO);
    let mut kinds = BTreeMap::<String, u64>::new();
    let mut wrong = Vec::new();
    for seed in first..first + seeds {
        let ran = run(seed, Sabotage::None);
        wrong.extend(fault(seed, &ran));
        simulated += ran.simulated;
        calls += ran
            .calls
            .iter()
            .filter(|(kind, _)| kind.starts_with("call"))
            .map(|(_, n)| n)
            .sum::<u64>();
        let faults = ran.told.faults.into_iter().map(|(kind, n)| (format!("fault: {kind}"), n));
        for (kind, count) in ran.calls.into_iter().chain(faults) {
            *kinds.entry(kind).or_default() += count;
        }
    }
    println!(
        "{seeds} schedules of {} hours with {calls} calls, in {:.1} s",
        simulated.as_secs() / 3600,
        begun.elapsed().as_secs_f64()
    );
    for (kind, count) in &kinds {
        println!("{count:>8} {kind}");
    }
    let shown = wrong.len().min(MOST_SHOWN);
    assert!(
        wrong.is_empty(),
        "{} schedules are wrong:\n{}",
        wrong.len(),
        wrong[..shown].join("\n")
    );
    if seeds >= SEEDS {
        let never = EVERYTHING.into_iter().filter(|kind| !kinds.contains_key(*kind));
        assert_eq!(never.collect::<Vec<_>>(), [""; 0], "no schedule had these");
    }
}

#[test]
fn the_same_seed_is_the_same_schedule() {
    for seed in 0..10 {
        let [first, second] = [(); 2].map(|()| run(seed, Sabotage::None).told.trace);
        let differ = first.iter().zip(&second).find(|(first, second)| first != second);
        assert_eq!(differ, None, "seed {seed}");
        assert_eq!(first.len(), second.len(), "seed {seed}");
    }
}

#[test]
fn a_fault_of_the_server_is_found() {
    for (sabotage, found) in [
        (Sabotage::LosesLines, "calls have no line"),
        (Sabotage::LeaksPermits, "at rest there are"),
        (Sabotage::HoldsPermits, "hold a permit, not"),
        (Sabotage::ForgetsDeadlines, "after its deadline"),
        (Sabotage::IgnoresPastDeadlines, "after its deadline"),
        (Sabotage::ForgetsReaders, "has no end"),
        (Sabotage::CutsNothingOff, "told in time that the server ends"),
        (Sabotage::RotatesUnseen, "this is no line of the audit"),
        (Sabotage::ForgetsSignatures, "the model says SignatureReplayed"),
        (Sabotage::AnswersTwice, "messages, which are not"),
        (Sabotage::ForgetsCharges, "the model says"),
        (Sabotage::CutsOffTooSoon, r#"Some("SHUTTING_DOWN"), and not Ok"#),
        (Sabotage::HasNoQueue, r#"Some("QUEUE_FULL"), and not Ok"#),
        (Sabotage::LosesConnections, "is lost without a reason"),
        (Sabotage::Panics, "a task panics"),
    ] {
        let is_found = |seed: u64| {
            let violations = run(seed, sabotage).told.violations;
            violations.iter().any(|violation| violation.contains(found))
        };
        assert!((0..SEEDS_TO_FIND).any(is_found), "{sabotage:?} in {SEEDS_TO_FIND} schedules");
    }
}
