//! A server with one worker and one place to wait for it.

use futures_util::future::select_all;

use super::super::Surroundings;
use super::super::calling::{ended, endless, is_ok, judged, moderate};
use crate::case::{Call, Code, Detail, Expect};
use crate::client::{Answer, Connection};
use crate::trouble::{Checked, Trouble};

/// Of so many calls of hours, one has the worker, one waits, and one is refused.
const CALLS: usize = 3;
/// Tries for a place that was left just now.
const TRIES: u32 = 1000;

/// The call too many is refused at once.
pub(super) async fn full(with: &Surroundings<'_>) -> Checked {
    first_refused(with, &with.connect().await?).await
}

/// Callers who leave take their computations with them.
pub(super) async fn left(with: &Surroundings<'_>) -> Checked {
    let connection = with.connect().await?;
    first_refused(with, &connection).await?;
    for _ in 0..TRIES {
        let answer = with.answer(&connection, &moderate()).await?;
        if answer.status().is_none_or(|status| status.code != Code::ResourceExhausted) {
            return is_ok(&moderate(), &answer);
        }
    }
    Err(Trouble::different("a free place", format!("none for {TRIES} calls")))
}

/// Fills the queue, and leaves it when one call has been refused.
async fn first_refused(with: &Surroundings<'_>, connection: &Connection) -> Checked {
    let call = endless();
    let mut ends = Vec::new();
    for _ in 0..CALLS {
        let exchange = with.begin(connection, &call).await?;
        ends.push(Box::pin(ended(exchange, with.patience)));
    }
    let (first, _, _) = select_all(ends).await;
    is_full(&call, &first?)
}

fn is_full(call: &Call, answer: &Answer) -> Checked {
    let expect = Expect {
        code: Code::ResourceExhausted,
        reason: Some("QUEUE_FULL".to_owned()),
        details: vec![Detail::RetryInfo, Detail::QuotaFailure],
        ..Expect::default()
    };
    judged(call, answer, &expect)
}
