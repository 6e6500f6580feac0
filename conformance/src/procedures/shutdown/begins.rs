//! What a shutdown begins with.

use std::time::Instant;

use conformance_wire::frames::GOAWAY;

use crate::check::{CheckError, CheckResult, expect, or_none};
use crate::client::prepare;
use crate::procedures::Context;
use crate::procedures::answers::last_message;
use crate::procedures::calls::{NAMES, small, watch};

/// Who watches is told, of each name.
pub(in crate::procedures) async fn health(context: &Context<'_>) -> CheckResult {
    let process = context.process()?;
    let session = context.session().await?;
    let mut watches = Vec::new();
    for name in NAMES {
        watches.push((name, session.begun(&watch(name), 1).await?));
    }
    process.terminate();
    for (name, mut watched) in watches {
        let answer = session.goes_on(&mut watched, 2).await?;
        let state = last_message(&answer)?.remove("status");
        let told = state.as_ref().is_some_and(|state| state == "NOT_SERVING");
        expect(told, format!("'{name}' NOT_SERVING"), || or_none(state))?;
    }
    Ok(())
}

/// An open connection is sent GOAWAY, and a new one is not served.
pub(in crate::procedures) async fn connections(context: &Context<'_>) -> CheckResult {
    let process = context.process()?;
    let mut open = context.by_hand().await?;
    // The server stays for this call.
    open.send(&prepare(&small(), context.server)?.head(1)).await;
    process.terminate();
    open.find("GOAWAY", |frame| frame.kind == GOAWAY).await?;
    let start = Instant::now();
    while start.elapsed() < context.timeout {
        let Ok(connection) = context.session().await else { return Ok(()) };
        if connection.is_answered(&small()).await.is_err() {
            return Ok(());
        }
    }
    Err(CheckError::not_in_time("a closed port, and no new connection", context.timeout))
}
