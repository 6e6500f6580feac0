//! Calls a second and at once.
//!
//! No procedure here measures how fast a server or this machine is: what is said
//! of a call holds whenever between its sending and its answer the server looked
//! at it.

mod account;
mod burst;
mod charges;
mod ends;
mod hint;
mod places;
mod rate;
mod record;
mod unlimited;

use tokio::time::{Duration, sleep};

use super::caller::{RUN, STREAM, call, refusal, told};
use super::{Surroundings, unknown};
use crate::case::{Call, Code, Detail, Expect};
use crate::client::Answer;
use crate::trouble::{Checked, Trouble};

/// Why a call over the rate is refused.
const OVER_RATE: &str = "RATE_LIMIT_RPS";
/// Why a call without a place is refused.
const NO_PLACE: &str = "RATE_LIMIT_CONCURRENT";
/// A little more than the interval of a rate.
const QUIET: Duration = Duration::from_millis(1050);

pub(super) async fn perform(name: &str, with: &Surroundings<'_>) -> Checked {
    match name {
        "rate-property" => rate::check(with).await,
        "burst" => burst::check(with).await,
        "hint" => hint::check(with).await,
        "unsigned-charge-nothing" => charges::unsigned(with).await,
        "scope-charges-nothing" => charges::out_of_scope(with).await,
        "refused-charge-nothing" => charges::over_rate(with).await,
        "no-place-charges-nothing" => charges::without_place(with).await,
        "health-charges-nothing" => charges::health(with).await,
        "reflection-charges-nothing" => charges::reflection(with).await,
        "places" => places::check(with).await,
        "places-return" => ends::check(with).await,
        "none" => unlimited::check(with).await,
        _ => unknown(&format!("limits/{name}")),
    }
}

/// The key that the case names. Where the suite was told fewer, it is the last one
/// after a second in which nobody calls: such a case runs alone.
async fn key(with: &Surroundings<'_>) -> Checked<usize> {
    let asked = with.number("key")? as usize;
    let known = with.server.keys.len();
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
fn decision(answer: &Answer) -> Checked<Decision> {
    let status = answer.status();
    let reason = status.as_ref().and_then(|status| status.details.as_ref().ok()?.reason());
    match (status.as_ref().map(|status| status.code), reason) {
        (Some(Code::Ok), _) => Ok(Decision::Admitted),
        (Some(Code::ResourceExhausted), Some(OVER_RATE)) => Ok(Decision::OverRate),
        (Some(Code::ResourceExhausted), Some(NO_PLACE)) => Ok(Decision::NoPlace),
        _ => Err(Trouble::different("OK, or a refusal by a limit", told(answer))),
    }
}

/// What a refusal by a limit must be.
fn limit_refusal(reason: &str) -> Expect {
    let details = vec![Detail::RetryInfo, Detail::QuotaFailure];
    Expect { details, ..refusal(Code::ResourceExhausted, reason) }
}

/// A stream with a first frame at once, that goes on for longer than any case.
fn long_stream(key: usize) -> Call {
    call(STREAM, &[("grid_size", 512), ("steps", 10_000), ("stream_interval", 1)], key)
}

/// A call that is refused for its numbers, and needs no thread for that.
fn out_of_range(key: usize) -> Call {
    call(RUN, &[("steps", -1)], key)
}
