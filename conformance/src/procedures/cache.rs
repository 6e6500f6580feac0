//! What a server must not get wrong that keeps answers for those who ask the same. A
//! server that keeps none passes.

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::Context;
use super::answers::{is_late, is_refused, last_message, reason};
use super::calls::{RUN, call, with_key, within};
use super::session::Session;
use super::transport::queue::filled;
use crate::case::{Call, Code, Expect};
use crate::check::{CheckError, CheckResult, expect};
use crate::client::Answer;
use crate::judge::{self, Expected};
use crate::reference::{self, beside};

const FEATURES: &str = "mfn.MFNFeaturesService/ExtractFeatures";
const VALIDATE: &str = "mfn.MFNValidationService/ValidatePattern";

const QUEUE_FULL: &str = "QUEUE_FULL";
/// Who may have less computed than the first key.
const FRUGAL: usize = 1;

/// The same is asked three times, with defaults left out and said, and by calls of
/// different ids, one of which has none.
pub(super) async fn again(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let fields = json!({ "seed": -40001, "grid_size": 20 });
    let said = json!({
        "seed": -40001, "grid_size": 20, "steps": 64, "alpha": 0.18, "spike_probability": 0.25,
        "turing_enabled": false,
    });
    let with_field = json!({ "seed": -40001, "grid_size": 20, "include_field": true });
    let of_validation = json!({ "seed": -40001, "grid_size": 8, "steps": 8 });
    let said_to_validation =
        json!({ "seed": -40001, "grid_size": 8, "steps": 8, "epochs": 1, "batch_size": 4 });
    for (method, brief, explicit) in [
        (RUN, &fields, &said),
        (RUN, &with_field, &with_field),
        (FEATURES, &fields, &said),
        (VALIDATE, &of_validation, &said_to_validation),
    ] {
        for (fields, id) in [(brief, "first"), (explicit, "the-second-call"), (brief, "")] {
            is_right(&session, context, &named(call(method, fields), id)).await?;
        }
    }
    Ok(())
}

/// One after the other, each with another value of one parameter than the one before.
pub(super) async fn others(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let simulations = [
        json!({ "seed": 40002, "grid_size": 16, "steps": 400 }),
        json!({ "seed": 40002, "grid_size": 16, "steps": 400, "turing_enabled": true }),
        json!({ "seed": -40002, "grid_size": 16, "steps": 400, "turing_enabled": true }),
        json!({ "seed": -40002, "grid_size": 16, "steps": 401, "turing_enabled": true }),
        json!({ "seed": -40002, "grid_size": 17, "steps": 401, "turing_enabled": true }),
        json!({ "seed": -40002, "grid_size": 17, "steps": 401, "alpha": 0.2 }),
        json!({ "seed": -40002, "grid_size": 17, "steps": 401, "alpha": 0.201 }),
        json!({ "seed": -40002, "grid_size": 17, "steps": 401, "spike_probability": 0.0 }),
        json!({ "seed": -40002, "grid_size": 17, "steps": 401 }),
    ];
    for fields in &simulations {
        is_right(&session, context, &call(RUN, fields)).await?;
        is_right(&session, context, &call(FEATURES, fields)).await?;
    }
    for include_field in [false, true, false] {
        let fields = json!({ "seed": 40003, "grid_size": 16, "include_field": include_field });
        let answer = is_right(&session, context, &call(RUN, &fields)).await?;
        let has_field = last_message(&answer)?.get("field").is_some_and(|field| !field.is_null());
        expect(has_field == include_field, format!("a field: {include_field}"), || {
            format!("{has_field}")
        })?;
    }
    let validations = [
        json!({ "seed": 40004, "grid_size": 8, "steps": 8 }),
        json!({ "seed": -40004, "grid_size": 8, "steps": 8 }),
        json!({ "seed": -40004, "grid_size": 8, "steps": 8, "quantum_jitter": true }),
        json!({ "seed": -40004, "grid_size": 8, "steps": 8, "epochs": 2 }),
        json!({ "seed": -40004, "grid_size": 8, "steps": 8, "epochs": 2, "batch_size": 16 }),
    ];
    for fields in &validations {
        is_right(&session, context, &call(VALIDATE, fields)).await?;
    }
    Ok(())
}

/// What is refused at first is answered when there is room, and what was answered is
/// refused when its time is up.
pub(super) async fn refused(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let asked = call(RUN, &json!({ "seed": 40005, "grid_size": 100, "steps": 300 }));
    let (refused, others) = filled(&session).await?;
    is_refused(&refused, Code::ResourceExhausted, QUEUE_FULL)?;
    is_refused(&session.answer(&asked).await?, Code::ResourceExhausted, QUEUE_FULL)?;
    drop(others);
    let start = Instant::now();
    while reason(&session.answer(&asked).await?).as_deref() == Some(QUEUE_FULL) {
        if start.elapsed() > context.timeout {
            return Err(CheckError::not_in_time("a place in the queue", context.timeout));
        }
    }
    is_right(&session, context, &asked).await?;
    is_late(&session.answer(&within("0n", asked)).await?)
}

/// What one key was answered costs too much for another. The first answer is waited for as
/// long as the test may take: nothing is to be shown of how long a second of a core is.
pub(super) async fn cost(context: &Context<'_>) -> CheckResult {
    let asked = call(RUN, &json!({ "seed": 40006, "grid_size": 1024, "steps": 1000 }));
    context.session().await?.patient().is_answered(&asked).await?;
    let session = context.session().await?;
    let refused = session.answer(&with_key(FRUGAL, asked)).await?;
    is_refused(&refused, Code::ResourceExhausted, "COST_TOO_HIGH")
}

fn named(mut call: Call, id: &str) -> Call {
    if let Some(request) = &mut call.request {
        request.insert("request_id".to_owned(), id.into());
    }
    call
}

/// Calls, and compares the answer with the reference's, and its id with the call's.
async fn is_right(
    session: &Session<'_>,
    context: &Context<'_>,
    call: &Call,
) -> CheckResult<Answer> {
    let asked = call.clone();
    let golden = beside(move || reference::golden(&asked)).await;
    let answer = session.answer(call).await?;
    let wanted = Expect { golden: true, ..Expect::default() };
    let expected = Expected { expect: &wanted, profile: context.profile, golden: Some(&golden) };
    judge::judge(&expected, &answer).map_err(|error| error.of(call))?;
    let id = |message: Option<&Map<String, Value>>| {
        let id = message.and_then(|message| message.get("request_id")).and_then(Value::as_str);
        id.unwrap_or_default().to_owned()
    };
    let wanted = id(call.request.as_ref());
    let actual = id(Some(&last_message(&answer)?));
    expect(wanted == actual, format!("the request_id '{wanted}'"), || format!("'{actual}'"))
        .map_err(|error| error.of(call))?;
    Ok(answer)
}
