//! Calls that are still in flight when the grace is over.

use crate::case::Code;
use crate::check::CheckResult;
use crate::procedures::Context;
use crate::procedures::answers::{is_cut_off, is_refused};
use crate::procedures::calls::{NAMES, endless, endless_stream, watch};

const SHUTTING_DOWN: &str = "SHUTTING_DOWN";

/// One that has no answer yet.
pub(in crate::procedures) async fn call(context: &Context<'_>) -> CheckResult {
    let process = context.process()?;
    let session = context.session().await?;
    let exchange = session.begin(&endless()).await?;
    // It has come when a later stream on the connection has begun.
    let _stream = session.begun(&watch(""), 1).await?;
    process.terminate();
    let answer = session.ended(exchange).await?;
    is_refused(&answer, Code::Unavailable, SHUTTING_DOWN)
}

/// A stream that has begun.
pub(in crate::procedures) async fn stream(context: &Context<'_>) -> CheckResult {
    let process = context.process()?;
    let session = context.session().await?;
    let exchange = session.begun(&endless_stream(), 1).await?;
    process.terminate();
    let answer = session.ended(exchange).await?;
    is_cut_off(&answer, Code::Unavailable, SHUTTING_DOWN)
}

/// Those who watch a state, of a name that nobody knows as well.
pub(in crate::procedures) async fn watches(context: &Context<'_>) -> CheckResult {
    let process = context.process()?;
    let session = context.session().await?;
    let mut watches = Vec::new();
    for name in [NAMES[0], "nobody"] {
        watches.push(session.begun(&watch(name), 1).await?);
    }
    process.terminate();
    for exchange in watches {
        let answer = session.ended(exchange).await?;
        is_cut_off(&answer, Code::Unavailable, SHUTTING_DOWN)?;
    }
    Ok(())
}
