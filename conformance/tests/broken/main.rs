//! Servers that are wrong in one thing are not conformant, and what is right is not
//! taken for wrong for it.
#![forbid(unsafe_code)]

mod defects;
mod edits;
mod limits;
mod proxy;

use std::env;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use conformance::case::Profile;
use conformance::draws::Draws;
use conformance::report::Report;
use conformance::run::{KnownFailing, Pattern, Run, Selection, Test, all_tests};
use conformance::server::Spawn;
use conformance::servers::{Address, Servers, Target};
use conformance_wire::Endpoint;
use futures_util::StreamExt as _;
use futures_util::stream;
use mfn_access::{KeySettings, Limits, Secret};
use mfn_server::{AuditLog, Config, Server};

use defects::{Defect, KEY};

/// A proxy on this machine that has not answered by then does not.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Most of what a run takes is waiting.
const RUNS_AT_ONCE: usize = 4;
/// The choices of all runs are the same, so that the reference is asked once.
const SEED: u64 = 1;
/// Makes this program a server that closes whatever is opened.
const CLOSES: &str = "CONFORMANCE_CLOSES";
/// Runs share a reference.
const UNLIMITED: Limits = Limits { rps: 0, concurrent: 0, max_cost: 0, worker_share: 0 };

/// The reference, in this process.
fn reference(keys: Vec<KeySettings>) -> SocketAddr {
    reference_with(keys, UNLIMITED)
}

/// The reference with these limits for who has no others.
fn reference_with(keys: Vec<KeySettings>, limits: Limits) -> SocketAddr {
    let config = Config { port: 0, keys, limits, audit_log: AuditLog::Off, ..Config::default() };
    let server = Server::bind(config).expect("a port is free");
    let address = server.local_addr().expect("it listens");
    tokio::spawn(server.serve(std::future::pending()));
    address
}

fn tests(profile: Profile, pattern: &str) -> Vec<Test> {
    let run = vec![Pattern::new(&format!("{profile}/*{pattern}*"))];
    let selection = Selection { profiles: vec![profile], run, skip: Vec::new() };
    let all = all_tests().expect("the cases are right");
    all.into_iter().filter(|test| selection.has(test)).collect()
}

/// What the suite says of a server.
async fn report(server: SocketAddr, key: Option<&str>, draws: Draws, tests: &[Test]) -> Report {
    let endpoint = Endpoint::parse(&format!("http://{server}"), None).expect("a URI");
    let target = Target::Address(Address::new(endpoint, key));
    let servers = Servers::new(target, TIMEOUT).expect("files can be written");
    let run = Run::new(servers, TIMEOUT, KnownFailing::default()).with_draws(draws);
    run.report(tests, |_| {}).await
}

/// The names of the tests that failed.
fn failures(report: &Report) -> Vec<&str> {
    let failed = report.results.iter().filter(|record| record.outcome.verdict.fails_the_run());
    failed.map(|record| record.name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_wrong_in_one_thing_is_not_conformant() {
    let secret = Secret::new(KEY).expect("a key");
    let key = KeySettings::bare(secret, UNLIMITED);
    let (open, keyed) = (reference(Vec::new()), reference(vec![key]));
    let draws = Draws::new(SEED, conformance::draws::DEFAULT_COUNT);
    let passed = stream::iter(defects::ALL).map(async |defect: &Defect| {
        let behind = if defect.has_key { keyed } else { open };
        let server = proxy::start(behind, defect.alter).await;
        let tests = tests(defect.profile, defect.tests);
        assert!(!tests.is_empty(), "{}: no test is so named", defect.name);
        let key = defect.has_key.then_some(KEY);
        let report = report(server, key, draws.clone(), &tests).await;
        let text = format!("{:?}", report.results);
        assert!(!text.contains(KEY), "{}: the report has the key", defect.name);
        failures(&report).is_empty().then_some(defect.name)
    });
    let passed: Vec<_> = passed.buffer_unordered(RUNS_AT_ONCE).collect().await;
    let passed: Vec<_> = passed.into_iter().flatten().collect();
    assert!(passed.is_empty(), "not noticed: {passed:#?}");
}

/// Where [`CLOSES`] is set, this is the server of the next test: it closes whatever is
/// opened.
#[test]
fn a_server_that_answers_nobody() {
    if env::var_os(CLOSES).is_some() {
        let port = env::var("MFN_GRPC_PORT").expect("the suite says which").parse::<u16>();
        let port = port.expect("a port");
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
        listener.incoming().for_each(drop);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_nobody_has_not_refused_a_certificate() {
    let program = env::current_exe().expect("it has a path").display().to_string();
    let arguments = ["--exact", "a_server_that_answers_nobody"];
    let command = [vec![program], arguments.map(str::to_owned).to_vec()].concat();
    let tests = tests(Profile::Transport, "client-certificate");
    let variables = vec![(CLOSES.to_owned(), "1".to_owned())];
    let target = Target::Spawn(Spawn { variables, ..Spawn::new(command, TIMEOUT) });
    let servers = Servers::new(target, TIMEOUT).expect("files can be written");
    let run = Run::new(servers, TIMEOUT, KnownFailing::default());
    let report = run.report(&tests, |_| {}).await;
    assert_eq!(failures(&report).len(), tests.len(), "{:?}", report.results);
    assert_eq!(tests.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_only_passes_everything_on_is_conformant() {
    let server = proxy::start(reference(Vec::new()), |_, _| {}).await;
    for profile in [Profile::Wire, Profile::Errors, Profile::Numeric] {
        let draws = Draws::new(SEED, 4);
        let report = report(server, None, draws, &tests(profile, "")).await;
        assert_eq!(failures(&report), Vec::<&str>::new());
    }
}
