//! What a key is not charged.

use futures_util::future::try_join_all;
use tokio::time::{Duration, Instant, sleep};

use super::places::{hold, with_place};
use super::record::Record;
use super::{Decision, NO_PLACE, OVER_RATE, decision, key, limit_refusal};
use crate::case::{Alter, Call, Code, Expect, Sign};
use crate::procedures::Surroundings;
use crate::procedures::caller::{Caller, call, judged, reason, refusal, small, told};
use crate::trouble::{Checked, Trouble, expect};

/// Free calls that are open at once.
const AT_ONCE: usize = 50;
/// A service that the key of such a case is not for.
const OUT_OF_SCOPE: &str = "mfn.MFNFeaturesService/ExtractFeatures";
const HEALTH: &str = "grpc.health.v1.Health/Check";
const REFLECTION: &str = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
/// Between two calls over the rate.
const PAUSE: Duration = Duration::from_millis(2);
/// More than the interval of a rate by far.
const FULL_LASTS: Duration = Duration::from_secs(2);

/// Calls that show the key, and are not signed with it or not lately.
pub(super) async fn unsigned(with: &Surroundings<'_>) -> Checked {
    let key = key(with).await?;
    let signed = |sign| Call { sign: Sign { key, ..sign }, ..small(0) };
    let bad = [
        signed(Sign { alter: Some(Alter::Zero), ..Sign::default() }),
        signed(Sign { alter: Some(Alter::FlipBit(255)), ..Sign::default() }),
        signed(Sign { skew_seconds: Some(-1000.0), ..Sign::default() }),
        signed(Sign { method: Some(OUT_OF_SCOPE.to_owned()), ..Sign::default() }),
    ];
    let expect = Expect { code: Code::Unauthenticated, ..Expect::default() };
    free(with, key, &bad, &expect).await
}

/// Calls of a service that the key is not for.
pub(super) async fn out_of_scope(with: &Surroundings<'_>) -> Checked {
    let key = key(with).await?;
    let bad = [call(OUT_OF_SCOPE, &[("grid_size", 4), ("steps", 1)], key)];
    free(with, key, &bad, &refusal(Code::PermissionDenied, "SCOPE_DENIED")).await
}

/// Health, signed too.
pub(super) async fn health(with: &Surroundings<'_>) -> Checked {
    let key = key(with).await?;
    let mut unsigned = call(HEALTH, &[], key);
    unsigned.sign.none = true;
    free(with, key, &[call(HEALTH, &[], key), unsigned], &Expect::default()).await
}

/// Reflection that is public, signed too.
pub(super) async fn reflection(with: &Surroundings<'_>) -> Checked {
    let key = key(with).await?;
    let mut signed = call(REFLECTION, &[], key);
    signed.request.get_or_insert_default().insert("list_services".to_owned(), "".into());
    let mut unsigned = signed.clone();
    unsigned.sign.none = true;
    free(with, key, &[signed, unsigned], &Expect::default()).await
}

/// Makes such calls, many of them, and then good ones.
async fn free(with: &Surroundings<'_>, key: usize, calls: &[Call], expected: &Expect) -> Checked {
    let (limit, good) = (with.number("limit")? as usize, with.number("good")? as usize);
    let count = with.number("calls")? as usize;
    let caller = Caller::new(with).await?;
    let outgoing = calls.iter().cycle().take(count).map(|call| caller.prepared(call));
    let outgoing: Vec<_> = outgoing.collect::<Checked<_>>()?;
    for some in outgoing.chunks(AT_ONCE) {
        for called in try_join_all(some.iter().map(|one| caller.send(one.clone()))).await? {
            let code = called.answer.status().map(|status| status.code);
            let came = reason(&called.answer);
            let holds = code == Some(expected.code)
                && (expected.reason.is_none() || came == expected.reason);
            expect(holds, format!("{expected:?}"), || told(&called.answer))?;
        }
    }
    let mut record = Record::default();
    for _ in 0..good {
        record.add(&caller.call(&small(key)).await?)?;
    }
    record.check(limit)
}

/// Calls over the rate, without a pause to speak of, until one is admitted.
pub(super) async fn over_rate(with: &Surroundings<'_>) -> Checked {
    let (key, limit) = (key(with).await?, with.number("limit")? as usize);
    let caller = Caller::new(with).await?;
    let mut record = Record::default();
    for _ in 0..limit {
        record.add(&caller.call(&small(key)).await?)?;
    }
    let start = Instant::now();
    loop {
        let called = caller.call(&small(key)).await?;
        if record.add(&called)? == Decision::Admitted || start.elapsed() > FULL_LASTS {
            return record.check(limit);
        }
        judged(&called.answer, &limit_refusal(OVER_RATE))?;
        sleep(PAUSE).await;
    }
}

/// Calls without a place, and then as many as the rate has left.
pub(super) async fn without_place(with: &Surroundings<'_>) -> Checked {
    let (key, limit) = (key(with).await?, with.number("limit")? as usize);
    let caller = Caller::new(with).await?;
    let mut record = Record::default();
    let sent = Instant::now();
    let held = hold(&caller, key, with.patience).await?;
    record.add_open(sent.into_std());
    for _ in 0..with.number("calls")? {
        let called = caller.call(&small(key)).await?;
        if decision(&called.answer)? != Decision::NoPlace {
            return Err(Trouble::different(NO_PLACE, told(&called.answer)));
        }
    }
    drop(held);
    for _ in 1..limit {
        record.add(&with_place(&caller, &small(key), with.patience).await?)?;
    }
    record.check(limit)
}
