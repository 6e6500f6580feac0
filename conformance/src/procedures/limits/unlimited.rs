//! A limit of 0.

use futures_util::future::try_join_all;

use super::{Decision, decision, key};
use crate::procedures::Surroundings;
use crate::procedures::caller::{Caller, RUN, call, told};
use crate::trouble::{Checked, expect};

/// More steps than a server does while it is sent the other calls.
const STEPS: i64 = 200;

/// Makes many calls at once, several times: more than the limits are by default.
pub(super) async fn check(with: &Surroundings<'_>) -> Checked {
    let key = key(with).await?;
    let callers = Caller::several(with.number("connections")?, with).await?;
    let at_once = with.number("at_once")? as usize;
    for _ in 0..with.number("times")? {
        let mut outgoing = Vec::new();
        for caller in callers.iter().cycle().take(at_once) {
            let call = call(RUN, &[("grid_size", 16), ("steps", STEPS)], key);
            outgoing.push((caller, caller.prepared(&call)?));
        }
        let calls = outgoing.into_iter().map(|(caller, outgoing)| caller.send(outgoing));
        for called in try_join_all(calls).await? {
            let admitted = decision(&called.answer)? == Decision::Admitted;
            expect(admitted, "no limit", || told(&called.answer))?;
        }
    }
    Ok(())
}
