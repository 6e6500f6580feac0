//! A case that is one call.

use std::time::Duration;

use super::Test;
use crate::case::Call;
use crate::check::{CheckError, CheckResult};
use crate::client::{Answer, Connection, Exchange, prepare};
use crate::golden;
use crate::judge::{self, Expected};
use crate::server::Server;

/// Calls, and judges what comes.
pub(super) async fn check(test: &Test, server: &Server, timeout: Duration) -> CheckResult {
    let (Some(call), Some(expect)) = (&test.case.call, &test.case.expect) else {
        return Err(CheckError::Error("the case has neither a call nor a procedure".to_owned()));
    };
    let connection = Connection::open(&server.endpoint).await?;
    let answer = made(call, server, &connection, timeout).await?;
    let golden = if expect.golden {
        let answer = golden::answer(&test.case.id);
        Some(answer.ok_or_else(|| CheckError::Error("the case has no golden answer".to_owned()))?)
    } else {
        None
    };
    let expected = Expected { expect, profile: test.profile, golden };
    judge::judge(&expected, &answer)?;
    if let Some(other) = &expect.same_as {
        let others = made(other, server, &connection, timeout).await?;
        judge::same_answer(&answer, &others)?;
    }
    if let Some(other) = &expect.same_error_as {
        let others = made(other, server, &connection, timeout).await?;
        judge::same_error(&answer, &others)?;
    }
    Ok(())
}

async fn made(
    call: &Call,
    server: &Server,
    connection: &Connection,
    timeout: Duration,
) -> CheckResult<Answer> {
    let callable = prepare(call, server)?;
    Ok(Exchange::begin(connection, callable.outgoing).await?.end(timeout).await?)
}
