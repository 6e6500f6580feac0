//! A server that answers the suite as it likes.
//!
//! Whatever it sends, the suite comes to a verdict, in time that only its own limits
//! move; a test passes only if a status was sent that its case expects; and no report of it does
//! anything to a terminal or breaks the format that it is written in.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use conformance::case::{Call, Code, Expect, Level};
use conformance::check::{CheckError, CheckResult};
use conformance::client::Connection;
use conformance::golden;
use conformance::judge::{Expected, judge, same_answer, same_error};
use conformance::report::{Record, Report};
use conformance::run::{Test, all_tests};
use conformance::verdict::{Evidence, Outcome};
use conformance_wire::frames::{Frame, SETTINGS};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::runtime::Builder;
use tokio::time::{sleep, timeout};

use crate::cases::server;
use crate::frames::{Step, next_step, payloads};
use crate::hostile_server::{PIPE_BYTES, WORDS, may_have, wait_for_call};
use crate::input::Input;
use crate::reports;

#[cfg(test)]
mod tests;

/// Steps of a script.
const MAX_STEPS: usize = 64;
/// What the suite waits for each part of an answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The bit of the first number by which the server does not wait for a call.
const IS_IMPATIENT: u32 = 1 << 31;
/// What it may take in all: all parts of all answers of a script.
const LONGEST: Duration = Duration::from_hours(24);

/// The tests that one call by gRPC decides.
static TESTS: LazyLock<Vec<Test>> = LazyLock::new(|| {
    let tests = all_tests().expect("the cases are part of the program");
    let by_grpc = |test: &Test| test.case.call.as_ref().is_some_and(|call| !call.protocol.is_web());
    tests.into_iter().filter(by_grpc).collect()
});

/// What a server has sent in its frames.
type Sent = Arc<Mutex<Vec<u8>>>;

/// The first number chooses the test and whether the server waits for its call, and the rest is
/// the script of the server.
pub fn check(data: &[u8]) {
    let (test, result) = follow(data);
    let outcome = match result {
        Ok(()) => Outcome::pass(),
        Err(error) => error.outcome(Evidence::default()),
    };
    reports::check(&report(test, outcome));
}

/// Those that a number chooses from, in their order.
#[must_use]
pub fn tests() -> &'static [Test] {
    &TESTS
}

/// What comes of the test of `data`.
///
/// # Errors
/// It does not pass.
pub fn verdict(data: &[u8]) -> CheckResult {
    follow(data).1
}

fn follow(data: &[u8]) -> (&'static Test, CheckResult) {
    let mut input = Input::new(data);
    let number = input.number();
    let test = &TESTS[(number & !IS_IMPATIENT) as usize % TESTS.len()];
    let is_patient = number & IS_IMPATIENT == 0;
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("it needs nothing of the system");
    let (client, other) = tokio::io::duplex(PIPE_BYTES);
    let sent = Sent::default();
    let result = runtime.block_on(async {
        let (script, sent) = (input.rest().to_vec(), Arc::clone(&sent));
        let answering =
            tokio::spawn(async move { answer(other, is_patient, &script, &sent).await });
        let result = timeout(LONGEST, run(test, client)).await.expect("the suite hangs");
        answering.abort();
        result
    });
    if let (Ok(()), Some(expect)) = (&result, &test.case.expect) {
        let sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
        check_pass(test, expect, &sent);
    }
    (test, result)
}

/// The `test` passes, which has what it needs most in what was `sent`.
fn check_pass(test: &Test, expect: &Expect, sent: &[u8]) {
    assert!(may_pass(expect, sent), "{} passes by {}", test.name, sent.escape_ascii());
}

/// Whether `sent` have what `expect` needs most: the status.
fn may_pass(expect: &Expect, sent: &[u8]) -> bool {
    if let Some(http) = expect.http {
        return may_have(sent, ":status", |value| value == http.to_string().as_bytes());
    }
    let is_expected = |value: &[u8]| {
        let number = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
        let code = number.map(|number| Code::from_number(number).unwrap_or(Code::Unknown));
        code.is_some_and(|code| code == expect.code || expect.also_allowed.contains(&code))
    };
    // There are many ways to refuse.
    expect.any_refusal || may_have(sent, "grpc-status", is_expected)
}

async fn answer(mut io: DuplexStream, is_patient: bool, script: &[u8], sent: &Sent) {
    let mut input = Input::new(script);
    // What the suite says is not looked at, but taken.
    let mut taken = vec![0; 4096];
    if io.write_all(&Frame::new(SETTINGS, 0, 0, []).bytes()).await.is_err() {
        return;
    }
    if is_patient {
        wait_for_call(&mut io).await;
    }
    for _ in 0..MAX_STEPS {
        if input.is_empty() {
            break;
        }
        let result = match next_step(&mut input, &WORDS) {
            Step::Send(bytes) => {
                sent.lock().unwrap_or_else(PoisonError::into_inner).extend(payloads(&bytes));
                io.write_all(&bytes).await
            }
            Step::Wait(ms) => {
                sleep(Duration::from_millis(ms)).await;
                Ok(())
            }
            Step::End => return,
        };
        if result.is_err() {
            return;
        }
        timeout(Duration::from_millis(1), io.read(&mut taken)).await.ok();
    }
    while io.read(&mut taken).await.is_ok_and(|bytes| bytes > 0) {}
}

async fn run(test: &Test, io: DuplexStream) -> CheckResult {
    let (Some(first), Some(expect)) = (&test.case.call, &test.case.expect) else { return Ok(()) };
    let server = server();
    let opened = timeout(TIMEOUT, Connection::over(&server, io)).await;
    let connection =
        opened.unwrap_or_else(|_| Err(conformance::client::CallError::Silence("no settings")))?;
    let call = |call: &Call| {
        let (connection, server, call) = (&connection, &server, call.clone());
        async move { connection.call(&call, server, TIMEOUT).await.map_err(CheckError::from) }
    };
    let answer = call(first).await?;
    let golden = if expect.golden { golden::answer(&test.case.id) } else { None };
    judge(&Expected { expect, profile: test.profile, golden }, &answer)?;
    if let Some(other) = &expect.same_as {
        same_answer(&answer, &call(other).await?)?;
    }
    if let Some(other) = &expect.same_error_as {
        same_error(&answer, &call(other).await?)?;
    }
    Ok(())
}

fn report(test: &Test, outcome: Outcome) -> Report {
    let record = Record {
        name: test.name.clone(),
        case: test.case.id.clone(),
        title: test.case.title.clone(),
        profile: test.profile,
        level: Level::Must,
        shows: Vec::new(),
        duration_ms: 1,
        outcome,
    };
    Report {
        suite: "0".to_owned(),
        spec: "0".to_owned(),
        fixtures_sha256: "0".repeat(64),
        seed: 0,
        target: "localhost:1".to_owned(),
        started_at: "2026-01-02T03:04:05Z".to_owned(),
        duration_ms: 1,
        musts_of_suite: BTreeMap::new(),
        results: vec![record],
        known_failing_faults: Vec::new(),
        requires_conformance: false,
        left_running: Vec::new(),
    }
}
