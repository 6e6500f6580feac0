//! A case that is one call.

use std::time::Duration;

use super::Test;
use crate::case::{Call, Code};
use crate::check::{CheckError, CheckResult};
use crate::client::{self, Answer, CallError, Connection};
use crate::golden;
use crate::judge::{self, Expected};
use crate::server::Server;

/// Calls, and judges what comes.
pub(super) async fn check(test: &Test, server: &Server, timeout: Duration) -> CheckResult {
    let (Some(call), Some(expect)) = (&test.case.call, &test.case.expect) else {
        return Err(CheckError::Error("the case has neither a call nor a procedure".to_owned()));
    };
    let connection = Connection::open(server).await?;
    let answer = match admitted(test, call, server, &connection, timeout).await {
        Err(CallError::Http2(error)) if expect.any_refusal && error.is_reset() => return Ok(()),
        answer => answer?,
    };
    let golden = if expect.golden {
        let answer = golden::answer(&test.case.id);
        Some(answer.ok_or_else(|| CheckError::Error("the case has no golden answer".to_owned()))?)
    } else {
        None
    };
    let expected = Expected { expect, profile: test.profile, golden };
    judge::judge(&expected, &answer)?;
    if let Some(other) = &expect.same_as {
        let others = admitted(test, other, server, &connection, timeout).await?;
        judge::same_answer(&answer, &others)?;
    }
    if let Some(other) = &expect.same_error_as {
        let others = admitted(test, other, server, &connection, timeout).await?;
        judge::same_error(&answer, &others)?;
    }
    Ok(())
}

/// The answer of a call, once no limit refuses it that the case is not about.
async fn admitted(
    test: &Test,
    call: &Call,
    server: &Server,
    connection: &Connection,
    timeout: Duration,
) -> Result<Answer, CallError> {
    let is_expected = test.case.expect.as_ref().is_some_and(|expect| {
        expect.code == Code::ResourceExhausted
            || expect.also_allowed.contains(&Code::ResourceExhausted)
    });
    let answer = || connection.call(call, server, timeout);
    if is_expected { answer().await } else { client::admitted(server, answer).await }
}
