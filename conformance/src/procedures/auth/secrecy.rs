//! Keys are told to nobody: neither to callers, nor to who reads what the server
//! writes.

use futures_util::future::try_join_all;
use serde_json::json;

use crate::case::{Alter, Body, Call, Sign};
use crate::check::{CheckError, CheckResult, expect};
use crate::client::{API_KEY, Secrets, unix_now};
use crate::procedures::Context;
use crate::procedures::calls::{RUN, call, small, with_key};

/// A call of each service.
const METHODS: [&str; 3] =
    [RUN, "mfn.MFNFeaturesService/ExtractFeatures", "mfn.MFNValidationService/ValidatePattern"];
/// One that there is not.
const UNKNOWN: &str = "mfn.MFNSimulationService/Unknown";
/// More calls at once than a key of some set-ups may make, and more of a second.
const AT_ONCE: usize = 6;

/// Has calls of each key answered and refused in every way. That no answer has a key is
/// looked at wherever the suite calls; what the server has written is looked at here,
/// when it has ended and so has written all of it.
pub(in crate::procedures) async fn check(context: &Context<'_>) -> CheckResult {
    let keys = &context.server.keys;
    if keys.is_empty() {
        return Err(CheckError::Skip("it needs a key, and was told none".to_owned()));
    }
    let session = context.session().await?;
    for key in 0..keys.len() {
        for call in calls() {
            session.call(&with_key(key, call)).await?;
        }
        let small = with_key(key, small());
        let at_once = (0..AT_ONCE).map(|_| session.call(&small));
        try_join_all(at_once).await?;
    }
    drop(session);
    writes_none(context).await
}

fn calls() -> Vec<Call> {
    let signed = |sign| Call { sign, ..small() };
    let mut repeated = small();
    repeated.metadata.insert(API_KEY.to_owned(), vec!["one".to_owned(), "two".to_owned()]);
    let mut calls = vec![
        signed(Sign { alter: Some(Alter::Zero), ..Sign::default() }),
        signed(Sign { alter: Some(Alter::Truncate(10)), ..Sign::default() }),
        signed(Sign { timestamp: Some("nan".to_owned()), ..Sign::default() }),
        signed(Sign { skew_seconds: Some(-3600.0), ..Sign::default() }),
        signed(Sign { skew_seconds: Some(3600.0), ..Sign::default() }),
        signed(Sign { timestamp: Some(unix_now().as_nanos().to_string()), ..Sign::default() }),
        repeated,
        call(RUN, &json!({ "steps": -1 })),
    ];
    calls.extend(METHODS.map(|method| call(method, &json!({ "grid_size": 4, "steps": 1 }))));
    let body = Some(Body::Frames(vec!["00 00000000".to_owned()]));
    calls.push(Call { method: UNKNOWN.to_owned(), body, ..Call::default() });
    calls
}

/// Ends the server, and looks for its keys in its standard output and error.
async fn writes_none(context: &Context<'_>) -> CheckResult {
    let Some(process) = context.server.process.as_deref() else { return Ok(()) };
    process.terminate();
    process.end(context.timeout).await;
    let written = process.log().written().map_err(|error| CheckError::Error(error.to_string()))?;
    let secrets = Secrets::of(&context.server.keys);
    let found = secrets.found_in(&written);
    let wanted = "nothing on standard output and error that has a key or a part of it";
    expect(found.is_none(), wanted, || {
        format!("a line with {} or a part of it", found.unwrap_or_default())
    })
}
