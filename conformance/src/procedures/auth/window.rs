//! The window around the server's time, to the last digit that can be told from
//! outside.
//!
//! A call is looked at between its sending and its answer. If its timestamp is
//! within the window at both, it must be admitted; if it is outside at both,
//! refused; else nothing is said. The server's clock may differ from this one:
//! a call that is refused tells its time.

use std::ops::RangeInclusive;

use crate::case::{Code, Expect, Sign};
use crate::check::{CheckError, CheckResult, expect, or_none};
use crate::client::{Answer, unix_now};
use crate::procedures::Context;
use crate::procedures::answers::{after, judged, refusal};
use crate::procedures::calls::small;
use crate::procedures::chance::Chance;
use crate::procedures::session::Session;

type Nanos = i128;

const SECOND: Nanos = 1_000_000_000;
const WINDOW: Nanos = 300 * SECOND;
/// Half of the calls are as near as this to an edge of the window, in seconds.
const NEAR: f64 = 0.3;
/// Most of the others are as near as this.
const NOT_FAR: f64 = 3.0;
/// The rest is as far as this.
const FAR: f64 = 100_000.0;
/// Calls that tell the server's time.
const LOOKS: usize = 8;
/// Why a call outside the window is refused.
const OUTSIDE: &str = "TIMESTAMP_OUTSIDE_WINDOW";

/// Signs calls around both edges.
pub(in crate::procedures) async fn check(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let mut chance = Chance::new(context);
    let ahead = server_ahead(&session).await?;
    for _ in 0..context.number("calls")? {
        let sign = by_chance(&mut chance, &ahead);
        let checked = check_one(&session, sign, &ahead).await;
        chance.told(checked)?;
    }
    Ok(())
}

fn by_chance(chance: &mut Chance, ahead: &RangeInclusive<Nanos>) -> Sign {
    let rng = &mut chance.rng;
    let edge = if rng.bool() { WINDOW } else { -WINDOW };
    let reach = match rng.u8(..10) {
        0..5 => NEAR,
        5..9 => NOT_FAR,
        _ => FAR,
    };
    let middle = (ahead.start() + ahead.end()) / 2;
    let skew = seconds(edge + middle) + (rng.f64() * 2.0 - 1.0) * reach;
    Sign { skew_seconds: Some(skew), decimals: Some(rng.u8(..=9)), ..Sign::default() }
}

async fn check_one(
    session: &Session<'_>,
    sign: Sign,
    ahead: &RangeInclusive<Nanos>,
) -> CheckResult {
    let mut call = small();
    call.sign = sign;
    let outgoing = session.prepared(&call)?;
    let written = outgoing.head.headers().get(crate::client::TIMESTAMP);
    let written = written.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let Some((timestamp, _)) = decimal(&written) else {
        return Err(CheckError::Skip("it needs a key, and was told none".to_owned()));
    };
    let sent = now();
    let answer = session.send(outgoing).await?.answer;
    // The server's time, at the earliest and at the latest.
    let (earliest, latest) = (sent + ahead.start(), now() + ahead.end());
    let within = |time: Nanos| (timestamp - time).abs() <= WINDOW;
    let skews = format!(
        "a skew from {} to {} s",
        seconds(timestamp - latest),
        seconds(timestamp - earliest)
    );
    match (within(earliest), within(latest)) {
        (true, true) => judged(&answer, &Expect::default()),
        // Both ends of the window are far apart, so it is one of them.
        (false, false) => {
            judged(&answer, &refusal(Code::Unauthenticated, OUTSIDE))?;
            check_told(&answer, &written, earliest..=latest)
        }
        _ => Ok(()),
    }
    .map_err(|error| after(&skews, error))
}

/// How far the server's clock is ahead of this one: from, to.
async fn server_ahead(session: &Session<'_>) -> CheckResult<RangeInclusive<Nanos>> {
    let (mut least, mut most) = (Nanos::MIN, Nanos::MAX);
    for _ in 0..LOOKS {
        let mut call = small();
        call.sign.timestamp = Some("0".to_owned());
        let sent = now();
        let answer = session.call(&call).await?.answer;
        let actual = now();
        judged(&answer, &refusal(Code::Unauthenticated, OUTSIDE))?;
        let (time, unit) = number(&answer, "server_time")?;
        least = least.max(time - unit - actual);
        most = most.min(time + unit - sent);
    }
    Ok(least..=most)
}

/// Whether an error tells what it should of a call.
fn check_told(answer: &Answer, timestamp: &str, times: RangeInclusive<Nanos>) -> CheckResult {
    let (signed, _) = decimal(timestamp).unwrap_or_default();
    let (told, unit) = number(answer, "timestamp")?;
    let same = (told - signed).abs() < unit;
    expect(same, format!("the timestamp {timestamp}"), || seconds(told).to_string())?;
    let (time, unit) = number(answer, "server_time")?;
    let holds = time + unit >= *times.start() && time - unit <= *times.end();
    expect(holds, "the server's time as it was", || seconds(time).to_string())?;
    let (skew, rounding) = number(answer, "skew_seconds")?;
    let holds = (signed - time - skew).abs() < unit + rounding;
    expect(holds, "the timestamp less the server's time", || seconds(skew).to_string())?;
    let (most, _) = number(answer, "max_skew_seconds")?;
    expect(most == WINDOW, "max_skew_seconds 300", || seconds(most).to_string())
}

/// A number in the metadata of the error, with the unit of its last digit.
fn number(answer: &Answer, name: &str) -> CheckResult<(Nanos, Nanos)> {
    let details = answer.status().and_then(|status| status.details.ok()).unwrap_or_default();
    let info = details.one("ErrorInfo");
    let text = info.and_then(|info| info["metadata"][name].as_str());
    let bad = || CheckError::different(format!("{name} in decimal seconds"), or_none(text));
    text.and_then(decimal).ok_or_else(bad)
}

/// Decimal seconds of at most nine decimals, with the unit of the last one.
fn decimal(text: &str) -> Option<(Nanos, Nanos)> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if decimals.len() > 9 || !is_digits(whole) || !is_digits(decimals) {
        return None;
    }
    let whole: Nanos = whole.parse().ok()?;
    let nanos: Nanos = format!("{decimals:0<9}").parse().ok()?;
    let unit = 10_i128.pow(9 - decimals.len() as u32);
    Some((sign * (whole.checked_mul(SECOND)? + nanos), unit))
}

fn now() -> Nanos {
    unix_now().as_nanos() as Nanos
}

fn seconds(nanos: Nanos) -> f64 {
    nanos as f64 / SECOND as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_read_to_the_last_digit() {
        assert_eq!(decimal("1700000000"), Some((1_700_000_000 * SECOND, SECOND)));
        assert_eq!(decimal("-0.5"), Some((-500_000_000, 100_000_000)));
        assert_eq!(decimal("0.000000001"), Some((1, 1)));
        for bad in ["", "-", "1e9", "0.0000000001", "+1", "1.2.3", "nan"] {
            assert_eq!(decimal(bad), None, "{bad}");
        }
    }
}
