//! A case that is one call.

use std::time::Duration;

use super::Test;
use crate::case::Call;
use crate::client::{Answer, Connection, Exchange, prepare};
use crate::golden;
use crate::judge::{self, Expected};
use crate::server::Server;
use crate::trouble::{Checked, Trouble};

/// Calls, and judges what comes.
pub(super) async fn check(test: &Test, server: &Server, patience: Duration) -> Checked {
    let (Some(call), Some(expect)) = (&test.case.call, &test.case.expect) else {
        return Err(Trouble::Error("the case has neither a call nor a procedure".to_owned()));
    };
    let connection = Connection::open(&server.endpoint).await?;
    let answer = made(call, server, &connection, patience).await?;
    let golden = if expect.golden {
        let answer = golden::answer(&test.case.id);
        Some(answer.ok_or_else(|| Trouble::Error("the case has no golden answer".to_owned()))?)
    } else {
        None
    };
    let expected = Expected { expect, profile: test.profile, golden };
    judge::judge(&expected, &answer)?;
    if let Some(other) = &expect.same_as {
        let others = made(other, server, &connection, patience).await?;
        judge::same_answer(&answer, &others)?;
    }
    if let Some(other) = &expect.same_error_as {
        let others = made(other, server, &connection, patience).await?;
        judge::same_error(&answer, &others)?;
    }
    Ok(())
}

async fn made(
    call: &Call,
    server: &Server,
    connection: &Connection,
    patience: Duration,
) -> Checked<Answer> {
    let callable = prepare(call, server)?;
    Ok(Exchange::begin(connection, callable.outgoing).await?.end(patience).await?)
}
