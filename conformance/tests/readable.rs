//! Reports are for people: nothing in them is written as Rust writes values for programmers.
#![forbid(unsafe_code)]

mod broken_server;

use std::time::Duration;

use broken_server::Fault;
use conformance::case::Profile;
use conformance::report::Colour;
use conformance::report::table::{self, Detail};
use conformance::run::{KnownFailing, Run, all_tests};
use conformance::servers::{Address, Servers, Target};
use conformance_wire::Endpoint;
use futures_util::future::join_all;
use regex_lite::Regex;

/// Longer than any answer takes: each of these servers answers at once.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Of these, tests wait for what never comes, or compute, or are judged like those of others.
const LONG: [Profile; 3] = [Profile::Numeric, Profile::Exact, Profile::Transport];
/// How `{:?}` writes an option, a result, a struct, and a list of texts.
const DEBUG_SHAPES: &str = r#"\b(Some|Ok|Err)\(|\bNone\b|\b[A-Z]\w* \{ \w+: |\[""#;

/// Tests of nearly all profiles, those of keys too, against a server with this fault: the report
/// as text.
async fn table(fault: Fault) -> String {
    let uri = format!("http://127.0.0.1:{}", broken_server::start(fault).await);
    let endpoint = Endpoint::parse(&uri, None).expect("a URI");
    let address = Address::new(endpoint, Some("first-key,second-key"));
    let servers = Servers::new(Target::Address(address), TIMEOUT).expect("files can be written");
    let mut tests = all_tests().expect("the cases are right");
    tests.retain(|test| match fault {
        // Other tests take it for a limit that they share, and wait until it is over.
        Fault::LimitWithoutDetails => test.profile == Profile::Limits,
        // What gives no result is tried again alone.
        Fault::Reset => test.profile == Profile::Wire,
        _ => !LONG.contains(&test.profile),
    });
    let report = Run::new(servers, TIMEOUT, KnownFailing::default()).report(&tests, |_| {}).await;
    table::text(&report, Colour::Off, Detail::Each)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_report_of_a_broken_server_has_debug_output() {
    let shapes = Regex::new(DEBUG_SHAPES).expect("it is a regular expression");
    let tables = join_all(Fault::ALL.map(|fault| async move { (fault, table(fault).await) })).await;
    let mut told = Vec::new();
    for (fault, table) in &tables {
        assert!(table.contains("FAIL ") || table.contains("ERROR "), "{fault:?} passes: {table}");
        // A request is JSON, which has lists of texts as well.
        let ours = table.lines().filter(|line| !line.starts_with("  request"));
        let found = ours.filter(|line| shapes.is_match(line)).take(5);
        told.extend(found.map(|line| format!("{fault:?}: {line}")));
        for missing in fault.is_told_by() {
            assert!(table.contains(missing), "{fault:?} is told otherwise: {table}");
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
}
