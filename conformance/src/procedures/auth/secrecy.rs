//! Errors do not tell keys.

use http::HeaderMap;

use crate::case::{Alter, Call, Sign};
use crate::check::{CheckError, CheckResult, expect};
use crate::client::{API_KEY, Answer, unix_now};
use crate::procedures::Context;
use crate::procedures::answers::told;
use crate::procedures::calls::small;

/// The shortest part of a key that is looked for: shorter ones may be words.
const LEAST_PART: usize = 8;

/// Refuses a key's calls in every way, and looks for the key in all that comes.
pub(in crate::procedures) async fn check(context: &Context<'_>) -> CheckResult {
    let Some(key) = context.server.keys.first() else {
        return Err(CheckError::Skip("it needs a key, and was told none".to_owned()));
    };
    let session = context.session().await?;
    for call in refused() {
        let answer = session.call(&call).await?.answer;
        let text = all_text(&answer);
        let tells = parts(key).any(|part| text.contains(part));
        expect(!tells, "an error without a part of the key", || {
            format!("one with it, where the refusal was {}", told(&answer).replace(key, "(key)"))
        })?;
    }
    Ok(())
}

fn refused() -> Vec<Call> {
    let signed = |sign| Call { sign, ..small() };
    let mut repeated = small();
    repeated.metadata.insert(API_KEY.to_owned(), vec!["one".to_owned(), "two".to_owned()]);
    let mut out_of_range = small();
    out_of_range.request.get_or_insert_default().insert("steps".to_owned(), (-1).into());
    vec![
        signed(Sign { alter: Some(Alter::Zero), ..Sign::default() }),
        signed(Sign { alter: Some(Alter::Truncate(10)), ..Sign::default() }),
        signed(Sign { timestamp: Some("nan".to_owned()), ..Sign::default() }),
        signed(Sign { skew_seconds: Some(-3600.0), ..Sign::default() }),
        signed(Sign { skew_seconds: Some(3600.0), ..Sign::default() }),
        signed(Sign { timestamp: Some(unix_now().as_nanos().to_string()), ..Sign::default() }),
        repeated,
        out_of_range,
    ]
}

/// Headers, trailers and decoded details.
fn all_text(answer: &Answer) -> String {
    let values = |headers: &HeaderMap| {
        let texts = headers.values().map(|value| String::from_utf8_lossy(value.as_bytes()).into());
        texts.collect::<Vec<String>>().join("\n")
    };
    let trailers = answer.trailers.as_ref().map(values).unwrap_or_default();
    let status = answer.status().map(|status| format!("{} {:?}", status.message, status.details));
    [values(&answer.headers), trailers, status.unwrap_or_default()].join("\n")
}

/// What no error may have: three quarters of a key, wherever they are, if those are
/// long enough.
fn parts(key: &str) -> impl Iterator<Item = &str> {
    let length = (key.len() * 3 / 4).max(LEAST_PART).min(key.len());
    // Keys are ASCII.
    (0..=key.len() - length).map(move |start| &key[start..start + length])
}
