//! More calls than a rate allows, as fast as they can be made.

use std::time::Instant;

use futures_util::future::{try_join, try_join_all};
use tokio::time::{Duration, sleep};

use super::record::Record;
use super::{Decision, OVER_RATE, QUIET, key, limit_refusal};
use crate::client::Outgoing;
use crate::procedures::Surroundings;
use crate::procedures::caller::{Called, Caller, judged, small};
use crate::trouble::{Checked, expect};

/// Calls of a connection that are open at once: over ten connections fewer than a
/// key may have by default.
const LANES: usize = 8;
/// Refusals whose details are looked at.
const LOOKED_AT: usize = 50;
/// Calls of the other key meanwhile, one after the other.
const OTHERS: usize = 20;

/// Makes many calls with one key over many connections, and some with another.
pub(super) async fn check(with: &Surroundings<'_>) -> Checked {
    let key = key(with).await?;
    if with.server.keys.is_empty() {
        // Every other case was the same caller.
        sleep(QUIET).await;
    }
    let other = with.number("other")? as usize;
    let (limit, calls) = (with.number("limit")? as usize, with.number("calls")? as usize);
    let callers = Caller::several(with.number("connections")?, with).await?;
    // Signed before, so that they follow each other faster.
    let mut lanes: Vec<Vec<Outgoing>> = vec![Vec::new(); callers.len() * LANES];
    for number in 0..calls {
        let lane = number % lanes.len();
        lanes[lane].push(callers[lane % callers.len()].prepared(&small(key))?);
    }
    let start = Instant::now();
    let lanes = lanes.into_iter().zip(callers.iter().cycle());
    let lanes = try_join_all(lanes.map(|(lane, caller)| one_by_one(caller, lane)));
    let (called, ()) = try_join(lanes, undisturbed(&callers[0], key, other, with)).await?;
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
    hinted(&callers[0], key, &mut record).await?;
    record.check(limit)
}

async fn one_by_one(caller: &Caller<'_>, lane: Vec<Outgoing>) -> Checked<Vec<Called>> {
    let mut called = Vec::with_capacity(lane.len());
    for outgoing in lane {
        called.push(caller.send(outgoing).await?);
    }
    Ok(called)
}

/// The other key's calls are admitted all the while, if the server has one.
async fn undisturbed(
    caller: &Caller<'_>,
    key: usize,
    other: usize,
    with: &Surroundings<'_>,
) -> Checked {
    if other == key || other >= with.server.keys.len() {
        return Ok(());
    }
    let mut record = Record::default();
    for _ in 0..OTHERS {
        record.add(&caller.call(&small(other)).await?)?;
    }
    record.check(OTHERS)
}

/// After as long as a refusal says, a call is admitted.
async fn hinted(caller: &Caller<'_>, key: usize, record: &mut Record) -> Checked {
    let called = caller.call(&small(key)).await?;
    if record.add(&called)? == Decision::Admitted {
        return Ok(());
    }
    let delay = super::hint::delay(&called.answer)?;
    sleep(delay).await;
    let decision = record.add(&caller.call(&small(key)).await?)?;
    expect(decision == Decision::Admitted, format!("a call admitted after {delay:?}"), || {
        "a refusal".to_owned()
    })
}
