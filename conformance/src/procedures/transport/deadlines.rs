//! Calls that are not complete at their deadline.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;

use super::super::Surroundings;
use super::super::calling::{
    ended, endless, endless_fields, endless_stream, is_cut_off, is_refused, moderate, within,
};
use super::cancellation::occupied;
use crate::case::{Call, Code};
use crate::client::{Answer, Connection};
use crate::trouble::{Checked, expect};

const DEADLINE: &str = "DEADLINE";
/// The timeouts, in milliseconds, with which a stream is tried till it has begun
/// before its deadline: a machine may be busy.
const TIMEOUTS_MS: [u64; 4] = [500, 1000, 2000, 4000];

/// Each ends by its deadline, and not before.
pub(super) async fn in_every_unit(with: &Surroundings<'_>) -> Checked {
    let connection = with.connect().await?;
    let timed = ["1S", "300m", "300000u", "90000000n"].into_iter().zip([1000, 300, 300, 90]);
    let calls = timed.map(|(timeout, millis)| {
        let connection = &connection;
        async move {
            let start = Instant::now();
            let call = within(timeout, endless());
            let answer = with.answer(connection, &call).await?;
            is_refused(&call, &answer, Code::DeadlineExceeded, DEADLINE)?;
            not_before(Duration::from_millis(millis), start)
        }
    });
    try_join_all(calls).await.map(drop)
}

/// The status is in the trailers, and does not come before the deadline.
pub(super) async fn of_a_stream(with: &Surroundings<'_>) -> Checked {
    let connection = with.connect().await?;
    let (call, answer) = begun_in_time(with, &connection).await?;
    is_cut_off(&call, &answer, Code::DeadlineExceeded, DEADLINE)
}

/// A call that waits behind one of hours.
pub(super) async fn in_the_queue(with: &Surroundings<'_>) -> Checked {
    let connection = with.connect().await?;
    let hours = occupied(with, &connection).await?;
    let call = within("300m", endless());
    let answer = with.answer(&connection, &call).await?;
    is_refused(&call, &answer, Code::DeadlineExceeded, DEADLINE)?;
    // It has left the queue as well.
    drop(hours);
    with.is_answered(&connection, &moderate()).await
}

/// The only worker is free for another.
pub(super) async fn stops_a_call(with: &Surroundings<'_>) -> Checked {
    let connection = with.connect().await?;
    let call = within("300m", endless());
    let answer = with.answer(&connection, &call).await?;
    is_refused(&call, &answer, Code::DeadlineExceeded, DEADLINE)?;
    with.is_answered(&connection, &moderate()).await
}

/// The only worker is free for another.
pub(super) async fn stops_a_stream(with: &Surroundings<'_>) -> Checked {
    let connection = with.connect().await?;
    let (call, answer) = begun_in_time(with, &connection).await?;
    is_cut_off(&call, &answer, Code::DeadlineExceeded, DEADLINE)?;
    with.is_answered(&connection, &moderate()).await
}

/// Its reader comes back when the deadline has long passed.
pub(super) async fn of_an_unread_stream(with: &Surroundings<'_>) -> Checked {
    let connection = with.connect_narrow().await?;
    let call = within("1S", endless_fields());
    let unread = with.begin(&connection, &call).await?;
    // By the server's clock, a second from now at least.
    let other = with.connect().await?;
    let later = within("1200m", endless());
    let answer = with.answer(&other, &later).await?;
    is_refused(&later, &answer, Code::DeadlineExceeded, DEADLINE)?;
    with.is_answered(&other, &moderate()).await?;
    let answer = ended(unread, with.patience).await?;
    is_refused(&call, &answer, Code::DeadlineExceeded, DEADLINE)
}

/// A stream with the shortest of the timeouts in which it begins, to its end.
async fn begun_in_time(
    with: &Surroundings<'_>,
    connection: &Connection,
) -> Checked<(Call, Answer)> {
    let mut last = None;
    for millis in TIMEOUTS_MS {
        let start = Instant::now();
        let call = within(&format!("{millis}m"), endless_stream());
        let answer = with.answer(connection, &call).await?;
        not_before(Duration::from_millis(millis), start)?;
        let has_begun = !answer.messages.is_empty();
        last = Some((call, answer));
        if has_begun {
            break;
        }
    }
    Ok(last.expect("there are timeouts"))
}

fn not_before(deadline: Duration, start: Instant) -> Checked {
    let took = start.elapsed();
    expect(took >= deadline, format!("no end before {deadline:?}"), || {
        format!("one after {took:?}")
    })
}
