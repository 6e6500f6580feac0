//! A server with one worker and one place to wait for it.

use std::time::Instant;

use futures_util::future::select_all;

use crate::case::{Code, Detail, Expect};
use crate::check::{CheckError, CheckResult};
use crate::client::Answer;
use crate::procedures::Context;
use crate::procedures::answers::{is_ok, judged};
use crate::procedures::calls::{endless, moderate};
use crate::procedures::session::Session;

/// Of so many calls of hours, one has the worker, one waits, and one is refused.
const CALLS: usize = 3;

/// The call too many is refused at once.
pub(in crate::procedures) async fn full(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let (refused, _others) = filled(&session).await?;
    is_full(&refused)
}

/// Callers who leave take their computations with them.
pub(in crate::procedures) async fn left(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let (refused, others) = filled(&session).await?;
    is_full(&refused)?;
    drop(others);
    let start = Instant::now();
    while start.elapsed() < context.timeout {
        let answer = session.answer(&moderate()).await?;
        if answer.status().is_none_or(|status| status.code != Code::ResourceExhausted) {
            return is_ok(&answer);
        }
    }
    Err(CheckError::not_in_time("a place in the queue that was left", context.timeout))
}

/// Fills the queue, until one call is refused: its answer, and the others, which keep the queue
/// full as long as they are there.
pub(in crate::procedures) async fn filled(
    session: &Session<'_>,
) -> CheckResult<(Answer, impl Sized)> {
    let mut ends = Vec::new();
    for _ in 0..CALLS {
        ends.push(Box::pin(session.ended(session.begin(&endless()).await?)));
    }
    let (first, _, others) = select_all(ends).await;
    Ok((first?, others))
}

fn is_full(answer: &Answer) -> CheckResult {
    let expect = Expect {
        code: Code::ResourceExhausted,
        reason: Some("QUEUE_FULL".to_owned()),
        details: vec![Detail::RetryInfo, Detail::QuotaFailure],
        ..Expect::default()
    };
    judged(answer, &expect)
}
