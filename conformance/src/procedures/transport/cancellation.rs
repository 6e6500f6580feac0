//! Callers who leave a server with one worker, and what it does for the next.

use crate::case::Code;
use crate::check::CheckResult;
use crate::client::Exchange;
use crate::procedures::Context;
use crate::procedures::answers::is_ok;
use crate::procedures::calls::{endless, endless_fields, endless_stream, moderate, within};
use crate::procedures::session::Session;

/// Calls beside one of hours, each of 200 ms at most, until it is sure to have begun.
const PROBES: u32 = 40;

/// A call of hours is reset.
pub(in crate::procedures) async fn call(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    drop(occupied(&session).await?);
    session.is_answered(&moderate()).await
}

/// A stream of hours is reset after some frames.
pub(in crate::procedures) async fn stream(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    drop(session.begun(&endless_stream(), 2).await?);
    session.is_answered(&moderate()).await
}

/// A stream of hours is reset, of which nobody has read more than a frame.
pub(in crate::procedures) async fn unread_stream(context: &Context<'_>) -> CheckResult {
    let session = context.narrow_session().await?;
    let stream = session.begun(&endless_fields(), 1).await?;
    // Others have their turn while it waits for its reader, and when it has gone.
    let other = context.session().await?;
    other.is_answered(&moderate()).await?;
    drop(stream);
    other.is_answered(&moderate()).await
}

/// A call of hours loses its connection.
pub(in crate::procedures) async fn lost_connection(context: &Context<'_>) -> CheckResult {
    let lost = context.session().await?;
    let call = occupied(&lost).await?;
    drop(lost);
    drop(call);
    context.session().await?.is_answered(&moderate()).await
}

/// A call of hours that the only worker is at.
pub(in crate::procedures) async fn occupied(session: &Session<'_>) -> CheckResult<Exchange> {
    let hours = session.begin(&endless()).await?;
    until_occupied(session).await?;
    Ok(hours)
}

/// Waits until the only worker is at a call of hours: another call has its deadline
/// meanwhile. A server that computes in turn also for one caller answers that other call;
/// after some of those it is at both.
pub(super) async fn until_occupied(session: &Session<'_>) -> CheckResult {
    for _ in 0..PROBES {
        let answer = session.answer(&within("200m", moderate())).await?;
        if answer.status().is_some_and(|status| status.code == Code::DeadlineExceeded) {
            break;
        }
        is_ok(&answer)?;
    }
    Ok(())
}
