//! A limit of 0.

use futures_util::future::try_join_all;
use serde_json::json;

use super::{Decision, decision, key};
use crate::check::{CheckResult, expect};
use crate::procedures::Context;
use crate::procedures::answers::told;
use crate::procedures::calls::{RUN, call, with_key};

/// More steps than a server does while it is sent the other calls.
const STEPS: i64 = 200;

/// Makes many calls at once, several times: more than the limits are by default.
pub(in crate::procedures) async fn check(context: &Context<'_>) -> CheckResult {
    let key = key(context).await?;
    let sessions = context.sessions(context.number("connections")?).await?;
    let at_once = context.number("at_once")? as usize;
    for _ in 0..context.number("times")? {
        let mut outgoing = Vec::new();
        for session in sessions.iter().cycle().take(at_once) {
            let call = with_key(key, call(RUN, &json!({ "grid_size": 16, "steps": STEPS })));
            outgoing.push((session, session.prepared(&call)?));
        }
        let calls = outgoing.into_iter().map(|(session, outgoing)| session.send(outgoing));
        for called in try_join_all(calls).await? {
            let admitted = decision(&called.answer)? == Decision::Admitted;
            expect(admitted, "no limit", || told(&called.answer))?;
        }
    }
    Ok(())
}
