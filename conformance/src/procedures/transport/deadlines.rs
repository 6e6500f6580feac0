//! Calls that are not complete at their deadline.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;

use super::cancellation::occupied;
use crate::case::Code;
use crate::check::{CheckResult, expect};
use crate::client::Answer;
use crate::procedures::Context;
use crate::procedures::answers::{is_cut_off, is_refused};
use crate::procedures::calls::{endless, endless_fields, endless_stream, moderate, within};
use crate::procedures::session::Session;

const DEADLINE: &str = "DEADLINE";
/// The timeouts, in milliseconds, with which a stream is tried till it has begun
/// before its deadline: a machine may be busy.
const TIMEOUTS_MS: [u64; 4] = [500, 1000, 2000, 4000];

/// Each ends by its deadline, and not before.
pub(in crate::procedures) async fn in_every_unit(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let timed = ["1S", "300m", "300000u", "90000000n"].into_iter().zip([1000, 300, 300, 90]);
    let calls = timed.map(|(timeout, millis)| {
        let session = &session;
        async move {
            let start = Instant::now();
            let call = within(timeout, endless());
            let answer = session.answer(&call).await?;
            is_refused(&answer, Code::DeadlineExceeded, DEADLINE)?;
            not_before(Duration::from_millis(millis), start)
        }
    });
    try_join_all(calls).await.map(drop)
}

/// The status is in the trailers, and does not come before the deadline.
pub(in crate::procedures) async fn of_a_stream(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let answer = begun_in_time(&session).await?;
    is_cut_off(&answer, Code::DeadlineExceeded, DEADLINE)
}

/// A call that waits behind one of hours.
pub(in crate::procedures) async fn in_the_queue(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let hours = occupied(&session).await?;
    let answer = session.answer(&within("300m", endless())).await?;
    is_refused(&answer, Code::DeadlineExceeded, DEADLINE)?;
    // It has left the queue as well.
    drop(hours);
    session.is_answered(&moderate()).await
}

/// The only worker is free for another.
pub(in crate::procedures) async fn stops_a_call(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let answer = session.answer(&within("300m", endless())).await?;
    is_refused(&answer, Code::DeadlineExceeded, DEADLINE)?;
    session.is_answered(&moderate()).await
}

/// The only worker is free for another.
pub(in crate::procedures) async fn stops_a_stream(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let answer = begun_in_time(&session).await?;
    is_cut_off(&answer, Code::DeadlineExceeded, DEADLINE)?;
    session.is_answered(&moderate()).await
}

/// Its reader comes back when the deadline has long passed.
pub(in crate::procedures) async fn of_an_unread_stream(context: &Context<'_>) -> CheckResult {
    let session = context.narrow_session().await?;
    let call = within("1S", endless_fields());
    let unread = session.begin(&call).await?;
    // By the server's clock, a second from now at least.
    let other = context.session().await?;
    let later = within("1200m", endless());
    let answer = other.answer(&later).await?;
    is_refused(&answer, Code::DeadlineExceeded, DEADLINE)?;
    other.is_answered(&moderate()).await?;
    let answer = session.ended(unread).await?;
    is_refused(&answer, Code::DeadlineExceeded, DEADLINE)
}

/// A stream with the shortest of the timeouts in which it begins, to its end.
async fn begun_in_time(session: &Session<'_>) -> CheckResult<Answer> {
    let mut last = None;
    for millis in TIMEOUTS_MS {
        let start = Instant::now();
        let answer = session.answer(&within(&format!("{millis}m"), endless_stream())).await?;
        not_before(Duration::from_millis(millis), start)?;
        let has_begun = !answer.messages.is_empty();
        last = Some(answer);
        if has_begun {
            break;
        }
    }
    Ok(last.expect("there are timeouts"))
}

fn not_before(deadline: Duration, start: Instant) -> CheckResult {
    let took = start.elapsed();
    let wanted = format!("no end before {} s", deadline.as_secs_f64());
    expect(took >= deadline, wanted, || format!("one after {} s", took.as_secs_f64()))
}
