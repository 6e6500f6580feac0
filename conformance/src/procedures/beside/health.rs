//! Watching health. A watch does not end by itself, so that no single call shows
//! it.

use std::time::Duration;

use serde_json::json;

use crate::check::{CheckError, CheckResult, expect, or_none};
use crate::client::CallError;
use crate::procedures::Context;
use crate::procedures::answers::last_message;
use crate::procedures::calls::{NAMES, call, small, watch};

/// How long nothing may come of a watch after another call has been answered: one
/// that ends does so with its first state.
const QUIET: Duration = Duration::from_millis(200);

/// The present state comes at once, of each name.
pub(in crate::procedures) async fn watched(context: &Context<'_>) -> CheckResult {
    for name in NAMES {
        stays(context, name, "SERVING").await?;
    }
    Ok(())
}

/// Of a name that nobody knows there is a state as well.
pub(in crate::procedures) async fn unknown(context: &Context<'_>) -> CheckResult {
    stays(context, "mfn.Nobody", "SERVICE_UNKNOWN").await
}

/// A check is answered on a connection that has as many watches as it may have, or
/// as the case opens.
pub(in crate::procedures) async fn checked_beside_watches(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let mut open = Vec::new();
    for _ in 0..context.number("watches")? {
        let mut watched = session.begin(&watch("")).await?;
        if watched.messages(1, session.timeout()).await?.messages.is_empty() {
            // It is refused, so there are enough.
            break;
        }
        open.push(watched);
    }
    session.is_answered(&call("grpc.health.v1.Health/Check", &json!({}))).await
}

async fn stays(context: &Context<'_>, name: &str, wanted: &str) -> CheckResult {
    let session = context.session().await?;
    let call = watch(name);
    let mut watched = session.begin(&call).await?;
    let answer = session.goes_on(&mut watched, 1).await?;
    let state = last_message(&answer)?.remove("status");
    let told = state.as_ref().is_some_and(|state| state == wanted);
    expect(told, format!("'{name}' {wanted}"), || or_none(state))?;
    session.is_answered(&small()).await?;
    match watched.messages(2, QUIET).await {
        Err(CallError::Silence(_)) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(answer) => {
            let actual = format!("{} states, or an end", answer.messages.len());
            Err(CheckError::different("one state, and a watch that stays open", actual))
        }
    }
}
