//! What a refusal says: whose limit, which, and when to come back.

use std::time::Instant;

use serde_json::Value;
use tokio::time::{Duration, sleep};

use super::record::Record;
use super::{Decision, OVER_RATE, account, key, limit_refusal};
use crate::check::{CheckError, CheckResult, expect, or_none};
use crate::client::Answer;
use crate::procedures::Context;
use crate::procedures::answers::judged;
use crate::procedures::calls::{small, with_key};
use crate::procedures::session::{Called, Session};

/// A delay may be rounded up to this.
const ROUNDING: f64 = 0.002;
/// Tries to come over the rate, on a machine that is busy.
const TRIES: usize = 10;

/// Fills a small rate, and looks at the refusal of one more call; waits as long as
/// that says, and is admitted.
pub(in crate::procedures) async fn check(context: &Context<'_>) -> CheckResult {
    let key = key(context).await?;
    let limit = context.number("limit")? as usize;
    let session = context.session().await?;
    let (record, called) = over_rate(&session, key, limit).await?;
    judged(&called.answer, &limit_refusal(OVER_RATE))?;
    check_quota(&called.answer, context, key, limit)?;
    check_delay(&record, &called)?;
    sleep(delay(&called.answer)?).await;
    let answer = session.call(&with_key(key, small())).await?.answer;
    expect(
        super::decision(&answer)? == Decision::Admitted,
        "a call admitted after the delay",
        || "a refusal".to_owned(),
    )
}

/// How long a refusal says to wait.
pub(in crate::procedures) fn delay(answer: &Answer) -> CheckResult<Duration> {
    let details = answer.status().and_then(|status| status.details.ok()).unwrap_or_default();
    let seconds = details.retry_seconds();
    let delay = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    // A rate knows nothing of what was more than a second ago.
    let delay = delay.filter(|delay| *delay <= Duration::from_secs(1));
    let actual = || or_none(seconds.map(|seconds| format!("{seconds} s")));
    delay.ok_or_else(|| CheckError::different("a retry_delay of at most a second", actual()))
}

/// Calls that just fill the rate, and one more.
async fn over_rate(
    session: &Session<'_>,
    key: usize,
    limit: usize,
) -> CheckResult<(Record, Called)> {
    for _ in 0..TRIES {
        let mut record = Record::default();
        for _ in 0..limit {
            record.add(&session.call(&with_key(key, small())).await?)?;
        }
        let called = session.call(&with_key(key, small())).await?;
        if record.add(&called)? == Decision::OverRate {
            record.check(limit)?;
            return Ok((record, called));
        }
        record.check(limit)?;
        sleep(super::QUIET).await;
    }
    Err(CheckError::Error(format!("{limit} calls take more than a second here")))
}

fn check_quota(answer: &Answer, context: &Context<'_>, key: usize, limit: usize) -> CheckResult {
    let details = answer.status().and_then(|status| status.details.ok()).unwrap_or_default();
    let violation = details.one("QuotaFailure").map(|failure| failure["violations"][0].clone());
    let text = |name: &str| {
        let value = violation.as_ref().and_then(|violation| violation[name].as_str());
        value.unwrap_or_default().to_owned()
    };
    let (subject, description) = (text("subject"), text("description"));
    let hashed = context.number("hashed")? != 0;
    let id = if hashed {
        account::hashed_id(context.server, key)
    } else {
        account::given_id(context.server, key)
    };
    let holds = id.as_ref().map_or(!subject.is_empty(), |id| *id == subject);
    let wanted = id.unwrap_or_else(|| "that is the key's id".to_owned());
    expect(holds, format!("a QuotaFailure with the subject {wanted}"), || {
        format!("the subject '{subject}'")
    })?;
    let holds = description.split(|c: char| !c.is_ascii_digit()).any(|n| n == limit.to_string());
    expect(holds, format!("a description with the limit, {limit}"), || {
        Value::from(description.clone()).to_string()
    })
}

/// The first call leaves the second before just then.
fn check_delay(record: &Record, refused: &Called) -> CheckResult {
    let Some((from, to)) = record.first() else { return Ok(()) };
    let until = |time: Instant, now: Instant| 1.0 - (now - time).as_secs_f64();
    let (least, most) = (until(from, refused.received), until(to, refused.sent) + ROUNDING);
    let delay = delay(&refused.answer)?.as_secs_f64();
    let holds = (least..=most).contains(&delay);
    expect(holds, format!("a retry_delay from {least} s to {most} s"), || format!("{delay} s"))
}
