//! What a key is not charged.

use futures_util::future::try_join_all;
use serde_json::json;
use tokio::time::{Duration, Instant, sleep};

use super::places::{hold, with_place};
use super::record::Record;
use super::{Decision, NO_PLACE, OVER_RATE, decision, key, limit_refusal};
use crate::case::{Alter, Call, Code, Expect, Sign};
use crate::check::{CheckError, CheckResult, expect};
use crate::judge::name;
use crate::procedures::Context;
use crate::procedures::answers::{judged, reason, refusal, told};
use crate::procedures::beside::needs_reflection;
use crate::procedures::calls::{call, small, with_key};

/// Calls that are open at once.
const AT_ONCE: usize = 50;
/// The same of reflection, of which a server may allow few (MFN-LIMIT-011).
const REFLECTIONS_AT_ONCE: usize = 4;
/// A service that the key of such a case is not for.
const OUT_OF_SCOPE: &str = "mfn.MFNFeaturesService/ExtractFeatures";
const HEALTH: &str = "grpc.health.v1.Health/Check";
const REFLECTION: &str = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
/// Between two calls over the rate.
const PAUSE: Duration = Duration::from_millis(2);
/// More than the interval of a rate by far.
const FULL_LASTS: Duration = Duration::from_secs(2);

/// Calls that show the key, and are not signed with it or not lately.
pub(in crate::procedures) async fn unsigned(context: &Context<'_>) -> CheckResult {
    let key = key(context).await?;
    let signed = |sign| Call { sign: Sign { key, ..sign }, ..small() };
    let bad = [
        signed(Sign { alter: Some(Alter::Zero), ..Sign::default() }),
        signed(Sign { alter: Some(Alter::FlipBit(255)), ..Sign::default() }),
        signed(Sign { skew_seconds: Some(-1000.0), ..Sign::default() }),
        signed(Sign { method: Some(OUT_OF_SCOPE.to_owned()), ..Sign::default() }),
    ];
    let expect = Expect { code: Code::Unauthenticated, ..Expect::default() };
    free(context, key, &bad, AT_ONCE, &expect).await
}

/// Calls of a service that the key is not for.
pub(in crate::procedures) async fn out_of_scope(context: &Context<'_>) -> CheckResult {
    let key = key(context).await?;
    let bad = [with_key(key, call(OUT_OF_SCOPE, &json!({ "grid_size": 4, "steps": 1 })))];
    free(context, key, &bad, AT_ONCE, &refusal(Code::PermissionDenied, "SCOPE_DENIED")).await
}

/// Health, signed too.
pub(in crate::procedures) async fn health(context: &Context<'_>) -> CheckResult {
    let key = key(context).await?;
    let signed = with_key(key, call(HEALTH, &json!({})));
    let mut unsigned = signed.clone();
    unsigned.sign.none = true;
    free(context, key, &[signed, unsigned], AT_ONCE, &Expect::default()).await
}

/// Reflection that is public, signed too.
pub(in crate::procedures) async fn reflection(context: &Context<'_>) -> CheckResult {
    let key = key(context).await?;
    let signed = with_key(key, call(REFLECTION, &json!({ "list_services": "" })));
    let mut unsigned = signed.clone();
    unsigned.sign.none = true;
    let calls = [signed, unsigned];
    let told = free(context, key, &calls, REFLECTIONS_AT_ONCE, &Expect::default()).await;
    if told.is_err() {
        needs_reflection(context).await?;
    }
    told
}

/// Makes such calls, many of them, and then good ones.
async fn free(
    context: &Context<'_>,
    key: usize,
    calls: &[Call],
    at_once: usize,
    expected: &Expect,
) -> CheckResult {
    let (limit, good) = (context.number("limit")? as usize, context.number("good")? as usize);
    let count = context.number("calls")? as usize;
    let session = context.session().await?;
    let outgoing = calls.iter().cycle().take(count).map(|call| session.prepared(call));
    let outgoing: Vec<_> = outgoing.collect::<CheckResult<_>>()?;
    for some in outgoing.chunks(at_once) {
        for called in try_join_all(some.iter().map(|one| session.send(one.clone()))).await? {
            let code = called.answer.status().map(|status| status.code);
            let actual = reason(&called.answer);
            let holds = code == Some(expected.code)
                && (expected.reason.is_none() || actual == expected.reason);
            let because = expected.reason.iter().map(|reason| format!(" ({reason})"));
            let wanted = format!("code {}{}", name(expected.code), because.collect::<String>());
            expect(holds, wanted, || told(&called.answer))?;
        }
    }
    let mut record = Record::default();
    for _ in 0..good {
        record.add(&session.call(&with_key(key, small())).await?)?;
    }
    record.check(limit)
}

/// Calls over the rate, without a pause to speak of, until one is admitted.
pub(in crate::procedures) async fn over_rate(context: &Context<'_>) -> CheckResult {
    let (key, limit) = (key(context).await?, context.number("limit")? as usize);
    let session = context.session().await?;
    let mut record = Record::default();
    for _ in 0..limit {
        record.add(&session.call(&with_key(key, small())).await?)?;
    }
    let start = Instant::now();
    loop {
        let called = session.call(&with_key(key, small())).await?;
        if record.add(&called)? == Decision::Admitted || start.elapsed() > FULL_LASTS {
            return record.check(limit);
        }
        judged(&called.answer, &limit_refusal(OVER_RATE))?;
        sleep(PAUSE).await;
    }
}

/// Calls without a place, and then as many as the rate has left.
pub(in crate::procedures) async fn without_place(context: &Context<'_>) -> CheckResult {
    let (key, limit) = (key(context).await?, context.number("limit")? as usize);
    let session = context.session().await?;
    let mut record = Record::default();
    let sent = Instant::now();
    let held = hold(&session, key).await?;
    record.add_open(sent.into_std());
    for _ in 0..context.number("calls")? {
        let called = session.call(&with_key(key, small())).await?;
        if decision(&called.answer)? != Decision::NoPlace {
            return Err(CheckError::different(NO_PLACE, told(&called.answer)));
        }
    }
    drop(held);
    for _ in 1..limit {
        record.add(&with_place(&session, &with_key(key, small())).await?)?;
    }
    record.check(limit)
}
