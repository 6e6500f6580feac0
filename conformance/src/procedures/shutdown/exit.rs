//! The end of the process.

use std::time::Duration;

use crate::check::{CheckError, CheckResult, expect};
use crate::procedures::Context;
use crate::procedures::calls::{endless, endless_fields, small, watch};
use crate::server::Process;

/// What a machine that is busy may add to half a second after the grace
/// (MFN-LIFE-009).
const MARGIN: Duration = Duration::from_secs(3);

/// Nobody calls.
pub(in crate::procedures) async fn idle(context: &Context<'_>) -> CheckResult {
    let process = context.process()?;
    drop(context.session().await?);
    process.terminate();
    exits(process, grace(context)?).await
}

/// The same by SIGINT.
pub(in crate::procedures) async fn interrupted(context: &Context<'_>) -> CheckResult {
    let process = context.process()?;
    context.session().await?.is_answered(&small()).await?;
    process.interrupt();
    exits(process, grace(context)?).await
}

/// Everyone is there who could hold it up.
pub(in crate::procedures) async fn in_time(context: &Context<'_>) -> CheckResult {
    let process = context.process()?;
    let endpoint = &context.server.endpoint;
    let _silent = [endpoint.tcp().await?, endpoint.tcp().await?, endpoint.tcp().await?];
    let _deaf = context.by_hand().await?;
    let session = context.session().await?;
    let _call = session.begin(&endless()).await?;
    let _watched = session.begun(&watch(""), 1).await?;
    let other = context.narrow_session().await?;
    let _unread = other.begun(&endless_fields(), 1).await?;
    process.terminate();
    exits(process, grace(context)?).await
}

/// A second signal abandons what the first one waits for.
pub(in crate::procedures) async fn at_once(context: &Context<'_>) -> CheckResult {
    let process = context.process()?;
    let session = context.session().await?;
    let _call = session.begin(&endless()).await?;
    let mut watched = session.begun(&watch(""), 1).await?;
    process.terminate();
    // The first has been heard.
    session.goes_on(&mut watched, 2).await?;
    process.terminate();
    exits(process, Duration::ZERO).await
}

fn grace(context: &Context<'_>) -> CheckResult<Duration> {
    Ok(Duration::from_millis(context.number("grace_ms")?.unsigned_abs()))
}

async fn exits(process: &Process, grace: Duration) -> CheckResult {
    let most = grace + MARGIN;
    let wanted = format!("exit code 0 within {} s", most.as_secs_f64());
    let ended = process.end(most).await;
    let (status, _) = ended.ok_or_else(|| CheckError::not_in_time(&wanted, most))?;
    expect(status.code() == Some(0), wanted, || status.to_string())
}
