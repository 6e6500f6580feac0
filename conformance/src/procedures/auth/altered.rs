//! Calls that are signed well, and then changed a little.

use http::{HeaderMap, HeaderValue};

use crate::case::{Code, Expect, Sign};
use crate::check::{CheckError, CheckResult, listed};
use crate::client::{API_KEY, Outgoing, SIGNATURE, TIMESTAMP, unix_now};
use crate::procedures::Context;
use crate::procedures::answers::{after, judged, refusal};
use crate::procedures::calls::small;

const ALL: [&str; 3] = [API_KEY, TIMESTAMP, SIGNATURE];
const INVALID: &str = "CREDENTIALS_INVALID";
const MALFORMED: &str = "TIMESTAMP_MALFORMED";

/// Each header once more, with the same value and with another one, before it and
/// after it.
pub(in crate::procedures) async fn repeated(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    for name in ALL {
        let good = session.prepared(&small())?;
        let value = header(&good, name)?;
        let other = HeaderValue::from_static("1");
        for values in [[&value, &value], [&value, &other], [&other, &value]] {
            let mut outgoing = session.prepared(&small())?;
            // The signature goes with the timestamp that stands beside it.
            *outgoing.head.headers_mut() = good.head.headers().clone();
            let headers = outgoing.head.headers_mut();
            headers.remove(name);
            for value in values {
                headers.append(name, value.clone());
            }
            let answer = session.send(outgoing).await?.answer;
            judged(&answer, &refusal(Code::Unauthenticated, INVALID))
                .map_err(|error| after(&format!("two values of {name}"), error))?;
        }
    }
    Ok(())
}

/// Timestamps of now that a lax reader takes for numbers.
pub(in crate::procedures) async fn lax_timestamps(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let now = unix_now().as_secs().to_string();
    let (first, rest) = now.split_at(1);
    let wide: String =
        now.chars().filter_map(|digit| char::from_u32(u32::from(digit) + 0xfee0)).collect();
    let written = [
        format!("+{now}"),
        format!("{now}."),
        format!("{first} {rest}"),
        format!("{now}.0000000000"),
        format!("{first}_{rest}"),
        format!("{first},{rest}"),
        format!("{first}.{rest}e{}", rest.len()),
        format!("{now}e0"),
        format!("{now}s"),
        format!("{now}.0.0"),
        format!("000{now}"),
        format!("0x{:x}", unix_now().as_secs()),
        format!("{now}000000"),
        wide,
    ];
    for timestamp in written {
        let mut call = small();
        call.sign = Sign { timestamp: Some(timestamp.clone()), ..Sign::default() };
        let answer = session.call(&call).await?.answer;
        let code = Code::Unauthenticated;
        let expect = if timestamp.is_ascii() {
            refusal(code, MALFORMED)
        } else {
            Expect { code, any_refusal: true, ..Expect::default() }
        };
        judged(&answer, &expect)
            .map_err(|error| after(&format!("the timestamp '{timestamp}'"), error))?;
    }
    Ok(())
}

/// A timestamp that is the same number, and not what was signed.
pub(in crate::procedures) async fn rewritten_timestamp(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    for digits in ["0", "1"] {
        let mut outgoing = session.prepared(&small())?;
        let signed = header(&outgoing, TIMESTAMP)?;
        let rewritten = [signed.as_bytes(), digits.as_bytes()].concat();
        let rewritten = HeaderValue::from_bytes(&rewritten).map_err(no_header)?;
        outgoing.head.headers_mut().insert(TIMESTAMP, rewritten);
        let answer = session.send(outgoing).await?.answer;
        judged(&answer, &refusal(Code::Unauthenticated, INVALID))
            .map_err(|error| after(&format!("one more digit {digits}"), error))?;
    }
    Ok(())
}

/// All credentials, or one of them, in the trailers.
pub(in crate::procedures) async fn trailers(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    for moved in [&ALL[..], &ALL[..1], &ALL[1..2], &ALL[2..]] {
        let mut outgoing = session.prepared(&small())?;
        let mut trailers = HeaderMap::new();
        for name in moved {
            trailers.insert(*name, header(&outgoing, name)?);
            outgoing.head.headers_mut().remove(*name);
        }
        outgoing.trailers = Some(trailers);
        let answer = session.send(outgoing).await?.answer;
        judged(&answer, &refusal(Code::Unauthenticated, "CREDENTIALS_MISSING"))
            .map_err(|error| after(&format!("{} in trailers", listed(moved)), error))?;
    }
    Ok(())
}

fn header(outgoing: &Outgoing, name: &str) -> CheckResult<HeaderValue> {
    let value = outgoing.head.headers().get(name).cloned();
    value.ok_or_else(|| CheckError::Skip("it needs a key, and was told none".to_owned()))
}

fn no_header(error: impl std::fmt::Display) -> CheckError {
    CheckError::Error(error.to_string())
}
