//! What becomes of one key's calls beside those of another. What has to wait here takes
//! hours, so nothing depends on how fast the server is.

use futures_util::future::try_join_all;
use serde_json::json;

use super::Context;
use super::answers::{is_late, is_ok, is_refused};
use super::calls::{call, endless, moderate, with_key, within};
use super::transport::cancellation::occupied;
use super::transport::queue::filled;
use crate::case::Code;
use crate::check::CheckResult;

/// Who is not at fault.
const OTHER: usize = 1;

/// A call of another key beside one of hours.
pub(super) async fn turns(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let _hours = occupied(&session).await?;
    session.is_answered(&with_key(OTHER, moderate())).await
}

/// Calls of another key when one has filled the queue.
pub(super) async fn queue(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let (refused, _others) = filled(&session).await?;
    is_refused(&refused, Code::ResourceExhausted, "QUEUE_FULL")?;
    // One has its turn on the worker, and another waits until its time is up.
    let _hours = session.begin(&with_key(OTHER, endless())).await?;
    let answer = session.answer(&with_key(OTHER, within("300m", endless()))).await?;
    is_late(&answer)
}

/// Calls that are made of many computations each.
pub(super) async fn validations(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let fields = json!({ "grid_size": 64, "steps": 64 });
    let validation = call("mfn.MFNValidationService/ValidatePattern", &fields);
    let answers = [session.answer(&validation), session.answer(&validation)];
    try_join_all(answers).await?.iter().try_for_each(is_ok)
}
