//! Watching health. A watch does not end by itself, so that no single call shows
//! it.

use std::time::Duration;

use super::super::Surroundings;
use super::super::calling::{NAMES, last_message, small, watch};
use crate::client::CallError;
use crate::trouble::{Checked, Trouble, expect};

/// How long nothing may come of a watch after another call has been answered: one
/// that ends does so with its first state.
const QUIET: Duration = Duration::from_millis(200);

/// The present state comes at once, of each name.
pub(super) async fn watched(with: &Surroundings<'_>) -> Checked {
    for name in NAMES {
        stays(with, name, "SERVING").await?;
    }
    Ok(())
}

/// Of a name that nobody knows there is a state as well.
pub(super) async fn unknown(with: &Surroundings<'_>) -> Checked {
    stays(with, "mfn.Nobody", "SERVICE_UNKNOWN").await
}

async fn stays(with: &Surroundings<'_>, name: &str, wanted: &str) -> Checked {
    let connection = with.connect().await?;
    let call = watch(name);
    let mut watched = with.begin(&connection, &call).await?;
    let answer = with.goes_on(&mut watched, 1).await?;
    let state = last_message(&call, &answer)?.remove("status");
    let told = state.as_ref().is_some_and(|state| state == wanted);
    expect(told, format!("'{name}' {wanted}"), || format!("{state:?}"))?;
    with.is_answered(&connection, &small()).await?;
    match watched.messages(2, QUIET).await {
        Err(CallError::Silence(_)) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(answer) => {
            let came = format!("{} states, or an end", answer.messages.len());
            Err(Trouble::different("one state, and a watch that stays open", came))
        }
    }
}
