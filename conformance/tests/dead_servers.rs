//! A server that cannot be tested makes a clear verdict, and no hang.
#![forbid(unsafe_code)]

mod broken_server;

use std::sync::Arc;
use std::time::Duration;

use broken_server::Fault;
use conformance::report::Report;
use conformance::run::{KnownFailing, Run, Selection, Test, all_tests};
use conformance::servers::{Address, Servers, Target};
use conformance::verdict::Verdict;
use conformance_wire::Endpoint;
use conformance_wire::start::free_port;
use tokio::net::TcpListener;

/// Shorter than any that a person would choose, so that the tests are quick; what
/// a server that never answers would cost is a multiple of it.
const TIMEOUT: Duration = Duration::from_millis(300);
/// More than a call takes on a machine that is busy, where the server answers it.
const LONG_TIMEOUT: Duration = Duration::from_secs(2);
/// What a run may take, were each test to wait for a dead server.
const HANG: Duration = Duration::from_mins(1);

async fn report(port: u16, tests: &[Test], known_failing: KnownFailing) -> Report {
    report_within(TIMEOUT, port, tests, known_failing).await
}

async fn report_within(
    timeout: Duration,
    port: u16,
    tests: &[Test],
    known_failing: KnownFailing,
) -> Report {
    let run = run(port, timeout, known_failing);
    tokio::time::timeout(HANG, run.report(tests, |_| {})).await.expect("it does not hang")
}

fn run(port: u16, timeout: Duration, known_failing: KnownFailing) -> Run {
    let endpoint = Endpoint::parse(&format!("http://127.0.0.1:{port}"), None).expect("a URI");
    let address = Address::new(endpoint, None);
    let servers = Servers::new(Target::Address(address), timeout).expect("files can be written");
    Run::new(servers, timeout, known_failing)
}

fn tests(profile: &str) -> Vec<Test> {
    let profiles = vec![clap::ValueEnum::from_str(profile, false).expect("a profile")];
    let selection = Selection { profiles, ..Selection::default() };
    let all = all_tests().expect("the cases are right");
    all.into_iter().filter(|test| selection.has(test)).collect()
}

fn count(report: &Report, verdict: Verdict) -> usize {
    report.results.iter().filter(|record| record.outcome.verdict == verdict).count()
}

fn reasons(report: &Report) -> String {
    report.results.iter().filter_map(|record| record.outcome.reason.clone()).collect()
}

#[tokio::test]
async fn a_closed_port_is_an_error_of_every_test() {
    let tests = tests("wire");
    let report = report(free_port().expect("one is free"), &tests, KnownFailing::default()).await;
    assert_eq!(count(&report, Verdict::Error), tests.len());
    assert!(
        reasons(&report).contains("cannot connect to http://127.0.0.1"),
        "{}",
        reasons(&report)
    );
    assert!(report.failed());
}

#[tokio::test]
async fn a_server_that_never_answers_is_waited_for_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    let accepting = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    let tests = tests("wire");
    let report = report(port, &tests, KnownFailing::default()).await;
    accepting.abort();
    assert_eq!(count(&report, Verdict::Error), tests.len());
    assert!(reasons(&report).contains("does not answer a small call"), "{}", reasons(&report));
    assert!(report.failed());
}

#[tokio::test]
async fn a_server_that_implements_nothing_fails_and_is_not_an_error() {
    let port = broken_server::start(Fault::Unimplemented).await;
    let tests = tests("wire");
    let report = report_within(LONG_TIMEOUT, port, &tests, KnownFailing::default()).await;
    assert_eq!(count(&report, Verdict::Fail), tests.len());
    assert!(reasons(&report).contains("UNIMPLEMENTED"), "{}", reasons(&report));
    assert!(report.failed());
}

#[tokio::test]
async fn a_known_failure_is_expected_and_leaves_the_profile_unmet() {
    let port = broken_server::start(Fault::Unimplemented).await;
    let tests = tests("wire");
    let known = KnownFailing::parse("wire/* # nothing is there yet").expect("a list");
    let all_known = report_within(LONG_TIMEOUT, port, &tests, known).await;
    assert_eq!(count(&all_known, Verdict::ExpectedFailure), tests.len());
    let known = KnownFailing::parse("wire/* # not yet\nwrie/* # mistyped").expect("a list");
    let mistyped = report_within(LONG_TIMEOUT, port, &tests, known).await;
    assert_eq!(mistyped.known_failing_faults.len(), 1);
    assert!(mistyped.failed());
}

#[tokio::test]
async fn a_server_that_answers_one_call_at_a_time_is_not_called_silent() {
    let port = unimplemented_while_alone().await;
    let tests = tests("streams");
    let run = run(port, LONG_TIMEOUT, KnownFailing::default());
    let report = run.report(&tests, |_| {}).await;
    assert_eq!(count(&report, Verdict::Fail), tests.len(), "{}", reasons(&report));
    assert!(!reasons(&report).contains("silent"), "{}", reasons(&report));
}

#[tokio::test]
async fn jobs_are_the_tests_that_are_under_way_at_once() {
    let port = unimplemented_while_alone().await;
    let tests = tests("streams");
    // With these, no test is tried twice: one that was silent would stay so.
    let run = run(port, LONG_TIMEOUT, KnownFailing::default()).with_jobs(1).without_second_tries();
    let report = run.report(&tests, |_| {}).await;
    assert_eq!(count(&report, Verdict::Fail), tests.len(), "{}", reasons(&report));
}

#[tokio::test]
async fn a_server_is_waited_for_until_it_is_ready() {
    let port = free_port().expect("one is free");
    let run = run(port, LONG_TIMEOUT, KnownFailing::default());
    assert!(run.ready(Duration::ZERO).await.is_err());
    let (ready, ()) = tokio::join!(run.ready(HANG), async {
        // It has been looked for in vain at least once by then.
        tokio::time::sleep(Duration::from_millis(150)).await;
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("it is free");
        tokio::spawn(broken_server::serve(listener, Fault::Unimplemented));
    });
    assert_eq!(ready, Ok(()));
}

#[tokio::test]
async fn no_tests_are_a_failure() {
    let report = report(free_port().expect("one is free"), &[], KnownFailing::default()).await;
    assert!(report.failed());
}

/// A server that answers UNIMPLEMENTED, and nothing while there is more than one connection.
async fn unimplemented_while_alone() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    let open = Arc::new(());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let here = Arc::clone(&open);
            tokio::spawn(async move {
                let mut connection = h2::server::handshake(stream).await.ok()?;
                let mut waiting = Vec::new();
                loop {
                    tokio::select! {
                        accepted = connection.accept() => waiting.push(accepted?.ok()?.1),
                        () = tokio::time::sleep(Duration::from_millis(5)) => {}
                    }
                    // The listener has one as well.
                    if Arc::strong_count(&here) == 2 {
                        for respond in waiting.drain(..) {
                            broken_server::answer(respond, Fault::Unimplemented).ok()?;
                        }
                    }
                }
                #[expect(unreachable_code, reason = "it tells the type")]
                Some(())
            });
        }
    });
    port
}
