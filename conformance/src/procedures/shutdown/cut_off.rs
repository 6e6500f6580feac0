//! Calls that are still in flight when the grace is over.

use super::super::Surroundings;
use super::super::calling::{NAMES, ended, endless, endless_stream, is_cut_off, is_refused, watch};
use crate::case::Code;
use crate::trouble::Checked;

const SHUTTING_DOWN: &str = "SHUTTING_DOWN";

/// One that has no answer yet.
pub(super) async fn call(with: &Surroundings<'_>) -> Checked {
    let process = with.process()?;
    let connection = with.connect().await?;
    let call = endless();
    let exchange = with.begin(&connection, &call).await?;
    // It has come when a later stream on the connection has begun.
    let mut stream = with.begin(&connection, &watch("")).await?;
    with.goes_on(&mut stream, 1).await?;
    process.terminate();
    let answer = ended(exchange, with.patience).await?;
    is_refused(&call, &answer, Code::Unavailable, SHUTTING_DOWN)
}

/// A stream that has begun.
pub(super) async fn stream(with: &Surroundings<'_>) -> Checked {
    let process = with.process()?;
    let connection = with.connect().await?;
    let call = endless_stream();
    let mut exchange = with.begin(&connection, &call).await?;
    with.goes_on(&mut exchange, 1).await?;
    process.terminate();
    let answer = ended(exchange, with.patience).await?;
    is_cut_off(&call, &answer, Code::Unavailable, SHUTTING_DOWN)
}

/// Those who watch a state, of a name that nobody knows as well.
pub(super) async fn watches(with: &Surroundings<'_>) -> Checked {
    let process = with.process()?;
    let connection = with.connect().await?;
    let mut watches = Vec::new();
    for name in [NAMES[0], "nobody"] {
        let call = watch(name);
        let mut exchange = with.begin(&connection, &call).await?;
        with.goes_on(&mut exchange, 1).await?;
        watches.push((call, exchange));
    }
    process.terminate();
    for (call, exchange) in watches {
        let answer = ended(exchange, with.patience).await?;
        is_cut_off(&call, &answer, Code::Unavailable, SHUTTING_DOWN)?;
    }
    Ok(())
}
