//! More calls than a rate allows, as fast as they can be made.

use std::time::Instant;

use futures_util::future::{try_join, try_join_all};
use tokio::time::{Duration, sleep};

use super::record::Record;
use super::{Decision, OVER_RATE, QUIET, key, limit_refusal};
use crate::check::{CheckResult, expect};
use crate::client::Outgoing;
use crate::procedures::Context;
use crate::procedures::answers::judged;
use crate::procedures::calls::{small, with_key};
use crate::procedures::session::{Called, Session};

/// Calls of a connection that are open at once: over ten connections fewer than a
/// key may have by default.
const WORKERS: usize = 8;
/// Refusals whose details are looked at.
const LOOKED_AT: usize = 50;
/// Calls of the other key meanwhile, one after the other.
const OTHERS: usize = 20;

/// Makes many calls with one key over many connections, and some with another.
pub(in crate::procedures) async fn check(context: &Context<'_>) -> CheckResult {
    let key = key(context).await?;
    if context.server.keys.is_empty() {
        // Every other case was the same caller.
        sleep(QUIET).await;
    }
    let other = context.number("other")? as usize;
    let (limit, calls) = (context.number("limit")? as usize, context.number("calls")? as usize);
    let sessions = context.sessions(context.number("connections")?).await?;
    // Signed before, so that they follow each other faster.
    let mut workers: Vec<Vec<Outgoing>> = vec![Vec::new(); sessions.len() * WORKERS];
    for number in 0..calls {
        let worker = number % workers.len();
        workers[worker].push(sessions[worker % sessions.len()].prepared(&with_key(key, small()))?);
    }
    let start = Instant::now();
    let workers = workers.into_iter().zip(sessions.iter().cycle());
    let workers = try_join_all(workers.map(|(worker, session)| one_by_one(session, worker)));
    let (called, ()) = try_join(workers, undisturbed(&sessions[0], key, other, context)).await?;
    let mut record = Record::default();
    let mut looks = 0;
    for called in called.iter().flatten() {
        if record.add(called)? == Decision::OverRate && looks < LOOKED_AT {
            judged(&called.answer, &limit_refusal(OVER_RATE))?;
            looks += 1;
        }
    }
    record.check(limit)?;
    if start.elapsed() < Duration::from_secs(1) {
        expect(record.refused() > 0, "a refusal", || format!("none of {calls} calls in a second"))?;
    }
    hinted(&sessions[0], key, &mut record).await?;
    record.check(limit)
}

async fn one_by_one(session: &Session<'_>, worker: Vec<Outgoing>) -> CheckResult<Vec<Called>> {
    let mut called = Vec::with_capacity(worker.len());
    for outgoing in worker {
        called.push(session.send(outgoing).await?);
    }
    Ok(called)
}

/// The other key's calls are admitted all the while, if the server has one.
async fn undisturbed(
    session: &Session<'_>,
    key: usize,
    other: usize,
    context: &Context<'_>,
) -> CheckResult {
    if other == key || other >= context.server.keys.len() {
        return Ok(());
    }
    let mut record = Record::default();
    for _ in 0..OTHERS {
        record.add(&session.call(&with_key(other, small())).await?)?;
    }
    record.check(OTHERS)
}

/// After as long as a refusal says, a call is admitted.
async fn hinted(session: &Session<'_>, key: usize, record: &mut Record) -> CheckResult {
    let called = session.call(&with_key(key, small())).await?;
    if record.add(&called)? == Decision::Admitted {
        return Ok(());
    }
    let delay = super::hint::delay(&called.answer)?;
    sleep(delay).await;
    let decision = record.add(&session.call(&with_key(key, small())).await?)?;
    expect(
        decision == Decision::Admitted,
        format!("a call admitted after {} s", delay.as_secs_f64()),
        || "a refusal".to_owned(),
    )
}
