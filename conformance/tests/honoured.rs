//! What the suite says of a server that honours no setting but those that every server
//! has, of one that takes its time to start, of one that dies, and of those with TLS or
//! keys that are reached by their addresses.
//!
//! All are the reference: this process, told so by a variable.
#![forbid(unsafe_code)]

use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs};

use conformance::case::Level;
use conformance::report::{Record, Report};
use conformance::run::{KnownFailing, Pattern, Run, Selection, Test, all_tests};
use conformance::server::{Setups, Spawn};
use conformance::servers::{Address, Servers, Target, is_given};
use conformance::verdict::Verdict;
use libtest_mimic::{Arguments, Failed, Trial};

/// More than the reference takes, on a machine that is busy.
const START_WITHIN: Duration = Duration::from_mins(1);
/// Makes this process the reference server, `mfn serve`.
const SERVE: &str = "CONFORMANCE_SERVE";
/// The first process that is told this folder dies; it makes the folder.
const DIES: &str = "CONFORMANCE_DIES";
/// The suite gives it to each server, which need not know it.
const HOST: &str = "MFN_GRPC_HOST";

fn main() -> ExitCode {
    if let Some(folder) = env::var_os(DIES)
        && fs::create_dir(folder).is_ok()
    {
        return die();
    }
    if env::var_os(SERVE).is_some() {
        return mfn::main();
    }
    let trials = vec![
        Trial::test("no_must_fails_of_a_server_that_honours_given_settings_alone", given_alone),
        Trial::test("a_server_that_starts_slowly_is_not_said_to_run", slow),
        Trial::test("tests_do_not_suffer_from_a_server_that_died_before_them", dying),
        Trial::test("what_needs_reflection_is_not_applicable_where_there_is_none", no_reflection),
        Trial::test("frames_made_by_hand_reach_a_server_with_tls_by_its_address", tls_by_address),
        Trial::test("a_server_with_keys_is_not_tested_by_its_address_without_one", keys_by_address),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The reference started with *(given)* variables alone: what rests on another setting is
/// not applicable, and says which.
fn given_alone() -> Result<(), Failed> {
    let setups = Setups::load();
    let others: Vec<_> = setups
        .setup
        .iter()
        .flat_map(|setup| setup.variables.keys().map(String::as_str))
        .chain([HOST])
        .filter(|name| !is_given(name))
        .collect();
    let unset = others.iter().flat_map(|name| ["-u", *name]).map(str::to_owned);
    let command = ["env".to_owned()].into_iter().chain(unset).collect();
    let report = report(command, Duration::from_secs(10), &["*"])?;
    let resting = report.results.iter().filter(|record| {
        let reason = record.outcome.reason.as_deref().unwrap_or_default();
        record.outcome.verdict == Verdict::NotApplicable
            && others.iter().any(|name| reason.contains(name))
    });
    if resting.count() == 0 {
        return Err("no case was said to rest on a setting".into());
    }
    let failed = report
        .results
        .iter()
        .filter(|record| !matches!(record.outcome.verdict, Verdict::Pass | Verdict::NotApplicable));
    let failed: Vec<_> =
        failed.map(|record| format!("{}: {:?}", record.name, record.outcome)).collect();
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n").into()) }
}

/// One that takes longer to start, and to refuse to, than it may to answer.
fn slow() -> Result<(), Failed> {
    let slowly = ["sh", "-c", "sleep 1; exec \"$@\"", "sh"].map(str::to_owned).to_vec();
    let report = report(slowly, Duration::from_millis(500), &["*configuration/numbers-too-*"])?;
    let passed = |verdict| verdict == Verdict::Pass;
    if report.results.iter().all(|record| passed(record.outcome.verdict)) {
        return Ok(());
    }
    Err(format!("{:?}", report.results).into())
}

/// The reference without reflection, whatever a set-up says.
fn no_reflection() -> Result<(), Failed> {
    let command = ["env", "MFN_GRPC_REFLECTION=off"].map(str::to_owned).to_vec();
    let all = all_tests()?.into_iter().filter(|test| test.name.contains("reflection"));
    let report = report_of(command, Duration::from_secs(10), &all.collect::<Vec<_>>())?;
    let applied = |record: &&Record| record.outcome.verdict != Verdict::NotApplicable;
    let applied: Vec<_> = report.results.iter().filter(applied).collect();
    if report.results.len() >= 8 && applied.is_empty() {
        return Ok(());
    }
    Err(format!("{applied:?}").into())
}

/// One with TLS and a key, which the suite is told of as of a server that runs.
fn tls_by_address() -> Result<(), Failed> {
    const KEY: &str = "suite-key";
    let timeout = Duration::from_secs(10);
    let by_hand = ["transport/errors-beside-a-call", "transport/refused-and-sent"];
    let tests: Vec<_> =
        all_tests()?.into_iter().filter(|test| by_hand.contains(&&*test.case.id)).collect();
    let mut spawn = reference(Vec::new())?;
    spawn.variables.push(("MFN_API_KEYS".to_owned(), KEY.to_owned()));
    let started = Servers::new(Target::Spawn(spawn), timeout)?;
    let report = tokio::runtime::Runtime::new()?.block_on(async {
        let endpoint = started.shared("tls").await?.endpoint.clone();
        let address = Target::Address(Address::new(endpoint, Some(KEY)));
        let run = Run::new(Servers::new(address, timeout)?, timeout, KnownFailing::default());
        Ok::<_, Failed>(run.report(&tests, |_| {}).await)
    })?;
    let passed = |record: &&Record| record.outcome.verdict == Verdict::Pass;
    if report.results.iter().filter(passed).count() == by_hand.len() {
        return Ok(());
    }
    Err(format!("{:?}", report.results).into())
}

/// One with keys, of which the suite is told none, a wrong one, or the first.
fn keys_by_address() -> Result<(), Failed> {
    let timeout = Duration::from_secs(10);
    let started = Servers::new(Target::Spawn(reference(Vec::new())?), timeout)?;
    let asked = Err("the server asks for a key; name one with --api-key".to_owned());
    tokio::runtime::Runtime::new()?.block_on(async {
        let server = started.shared("keys").await?;
        let right = server.keys.first().map(String::as_str);
        for (key, told) in [(None, &asked), (Some("wrong"), &asked), (right, &Ok(()))] {
            let address = Target::Address(Address::new(server.endpoint.clone(), key));
            let ready = Servers::new(address, timeout)?.ready(Duration::from_mins(1)).await;
            if ready != *told {
                return Err(format!("with the key {key:?}: {ready:?}").into());
            }
        }
        Ok(())
    })
}

/// One that dies of the first test is started again, once for all tests that were under way.
fn dying() -> Result<(), Failed> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("died");
    fs::remove_dir_all(&folder).ok();
    let command = ["env".to_owned(), format!("{DIES}={}", folder.display())].to_vec();
    let all = all_tests()?.into_iter().filter(|test| test.name.contains("wire/wire/run-"));
    let report = report_of(command, Duration::from_secs(10), &all.collect::<Vec<_>>())?;
    let failed = |record: &&Record| record.outcome.verdict != Verdict::Pass;
    let failed: Vec<_> = report.results.iter().filter(failed).collect();
    if report.results.len() > 12 && failed.is_empty() && folder.exists() {
        return Ok(());
    }
    Err(format!("{failed:?}").into())
}

/// A server that accepts a connection, by which it is seen to listen, and ends at the next.
fn die() -> ExitCode {
    let port = env::var("MFN_GRPC_PORT").ok().and_then(|port| port.parse::<u16>().ok());
    let listener = TcpListener::bind(("127.0.0.1", port.expect("the suite says which")));
    let connections = listener.expect("the port is free");
    let accepted = [connections.accept(), connections.accept()];
    drop(accepted);
    ExitCode::FAILURE
}

/// What comes of the reference, started by `command`, in tests of a MUST that are so named
/// and can tell something of its settings.
fn report(command: Vec<String>, timeout: Duration, patterns: &[&str]) -> Result<Report, Failed> {
    let selection = Selection {
        run: patterns.iter().map(|pattern| Pattern::new(pattern)).collect(),
        ..Selection::default()
    };
    let mut tests = all_tests()?;
    let setups = Setups::load();
    tests.retain(|test| {
        let setup = setups.named(&test.case.server);
        let has_settings = setup.is_some_and(|setup| !setup.variables.is_empty());
        let tells = has_settings || test.name.starts_with("extras/configuration/");
        selection.has(test) && test.case.level == Level::Must && tells
    });
    report_of(command, timeout, &tests)
}

fn report_of(command: Vec<String>, timeout: Duration, tests: &[Test]) -> Result<Report, Failed> {
    let servers = Servers::new(Target::Spawn(reference(command)?), timeout)?;
    let run = Run::new(servers, timeout, KnownFailing::default());
    Ok(tokio::runtime::Runtime::new()?.block_on(run.report(tests, |_| {})))
}

/// The reference, started by `command`.
fn reference(mut command: Vec<String>) -> Result<Spawn, Failed> {
    command.extend([env::current_exe()?.display().to_string(), "serve".to_owned()]);
    let variables = vec![(SERVE.to_owned(), "1".to_owned())];
    Ok(Spawn { variables, ..Spawn::new(command, START_WITHIN) })
}
