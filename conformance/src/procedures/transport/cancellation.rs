//! Callers who leave a server with one worker, and what it does for the next.

use super::super::Surroundings;
use super::super::calling::{endless, endless_fields, endless_stream, moderate, within};
use crate::case::Code;
use crate::client::{Connection, Exchange};
use crate::trouble::{Checked, Trouble};

/// Tries to find the worker occupied, each of 200 ms at most.
const TRIES: u32 = 40;

/// A call of hours is reset.
pub(super) async fn call(with: &Surroundings<'_>) -> Checked {
    let connection = with.connect().await?;
    drop(occupied(with, &connection).await?);
    with.is_answered(&connection, &moderate()).await
}

/// A stream of hours is reset after some frames.
pub(super) async fn stream(with: &Surroundings<'_>) -> Checked {
    let connection = with.connect().await?;
    let mut stream = with.begin(&connection, &endless_stream()).await?;
    with.goes_on(&mut stream, 2).await?;
    drop(stream);
    with.is_answered(&connection, &moderate()).await
}

/// A stream of hours is reset, of which nobody has read more than a frame.
pub(super) async fn unread_stream(with: &Surroundings<'_>) -> Checked {
    let connection = with.connect_narrow().await?;
    let mut stream = with.begin(&connection, &endless_fields()).await?;
    with.goes_on(&mut stream, 1).await?;
    // Others have their turn while it waits for its reader, and when it has gone.
    let other = with.connect().await?;
    with.is_answered(&other, &moderate()).await?;
    drop(stream);
    with.is_answered(&other, &moderate()).await
}

/// A call of hours loses its connection.
pub(super) async fn lost_connection(with: &Surroundings<'_>) -> Checked {
    let lost = with.connect().await?;
    let call = occupied(with, &lost).await?;
    drop(lost);
    drop(call);
    with.is_answered(&with.connect().await?, &moderate()).await
}

/// A call of hours that the only worker is at: another call has its deadline
/// meanwhile.
pub(super) async fn occupied(
    with: &Surroundings<'_>,
    connection: &Connection,
) -> Checked<Exchange> {
    let hours = with.begin(connection, &endless()).await?;
    let probe = within("200m", moderate());
    for _ in 0..TRIES {
        let answer = with.answer(connection, &probe).await?;
        if answer.status().is_some_and(|status| status.code == Code::DeadlineExceeded) {
            return Ok(hours);
        }
    }
    let came = format!("{TRIES} calls beside it were answered");
    Err(Trouble::different("one worker that a call of hours occupies", came))
}
