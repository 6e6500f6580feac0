//! Calls a second and at once.
//!
//! No procedure here measures how fast a server or this machine is: what is said
//! of a call holds whenever between its sending and its answer the server looked
//! at it.

pub(super) mod account;
pub(super) mod burst;
pub(super) mod charges;
pub(super) mod ends;
pub(super) mod hint;
pub(super) mod places;
pub(super) mod rate;
pub(super) mod record;
pub(super) mod unlimited;

use serde_json::json;
use tokio::time::{Duration, sleep};

use crate::case::{Call, Code, Detail, Expect};
use crate::check::{CheckError, CheckResult};
use crate::client::Answer;
use crate::procedures::Context;
use crate::procedures::answers::{refusal, told};
use crate::procedures::calls::{RUN, STREAM, call, with_key};

/// Why a call over the rate is refused.
const OVER_RATE: &str = "RATE_LIMIT_RPS";
/// Why a call without a place is refused.
const NO_PLACE: &str = "RATE_LIMIT_CONCURRENT";
/// A little more than the interval of a rate.
const QUIET: Duration = Duration::from_millis(1050);

/// The key that the case names. Where the suite was told fewer, it is the last one
/// after a second in which nobody calls: such a case runs alone.
async fn key(context: &Context<'_>) -> CheckResult<usize> {
    let asked = context.number("key")? as usize;
    let known = context.server.keys.len();
    if asked >= known && known > 0 {
        sleep(QUIET).await;
    }
    Ok(asked.min(known.saturating_sub(1)))
}

/// How a limit decided about a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Decision {
    Admitted,
    OverRate,
    NoPlace,
}

/// How it decided about a call that is answered OK if it is admitted.
fn decision(answer: &Answer) -> CheckResult<Decision> {
    let status = answer.status();
    let reason = status.as_ref().and_then(|status| status.details.as_ref().ok()?.reason());
    match (status.as_ref().map(|status| status.code), reason) {
        (Some(Code::Ok), _) => Ok(Decision::Admitted),
        (Some(Code::ResourceExhausted), Some(OVER_RATE)) => Ok(Decision::OverRate),
        (Some(Code::ResourceExhausted), Some(NO_PLACE)) => Ok(Decision::NoPlace),
        (Some(Code::ResourceExhausted), None) => Err(CheckError::different(
            format!("an ErrorInfo with the reason of the refusal, {OVER_RATE} or {NO_PLACE}"),
            format!("no ErrorInfo in the details of {}", told(answer)),
        )),
        _ => Err(CheckError::different(
            format!("code OK, or RESOURCE_EXHAUSTED with the reason {OVER_RATE} or {NO_PLACE}"),
            told(answer),
        )),
    }
}

/// What a refusal by a limit must be.
fn limit_refusal(reason: &str) -> Expect {
    let details = vec![Detail::RetryInfo, Detail::QuotaFailure];
    Expect { details, ..refusal(Code::ResourceExhausted, reason) }
}

/// A stream with a first frame at once, that goes on for longer than any case.
fn long_stream(key: usize) -> Call {
    let fields = json!({ "grid_size": 512, "steps": 10_000, "stream_interval": 1 });
    with_key(key, call(STREAM, &fields))
}

/// A call that is refused for its numbers, and needs no thread for that.
fn out_of_range(key: usize) -> Call {
    with_key(key, call(RUN, &json!({ "steps": -1 })))
}
