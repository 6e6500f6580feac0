//! The end of the process.

use std::time::Duration;

use super::super::Surroundings;
use super::super::calling::{endless, endless_fields, small, watch};
use super::super::frames::ByHand;
use crate::server::Process;
use crate::trouble::{Checked, Trouble, expect};

/// What a machine that is busy may add to half a second after the grace
/// (MFN-LIFE-007).
const MARGIN: Duration = Duration::from_secs(3);

/// Nobody calls.
pub(super) async fn idle(with: &Surroundings<'_>) -> Checked {
    let process = with.process()?;
    drop(with.connect().await?);
    process.terminate();
    exits(process, grace(with)?).await
}

/// The same by SIGINT.
pub(super) async fn interrupted(with: &Surroundings<'_>) -> Checked {
    let process = with.process()?;
    with.is_answered(&with.connect().await?, &small()).await?;
    process.interrupt();
    exits(process, grace(with)?).await
}

/// Everyone is there who could hold it up.
pub(super) async fn in_time(with: &Surroundings<'_>) -> Checked {
    let process = with.process()?;
    let endpoint = &with.server.endpoint;
    let _silent = [endpoint.tcp().await?, endpoint.tcp().await?, endpoint.tcp().await?];
    let _deaf = ByHand::open(endpoint, with.patience).await?;
    let connection = with.connect().await?;
    let _call = with.begin(&connection, &endless()).await?;
    let mut watched = with.begin(&connection, &watch("")).await?;
    with.goes_on(&mut watched, 1).await?;
    let other = with.connect_narrow().await?;
    let mut unread = with.begin(&other, &endless_fields()).await?;
    with.goes_on(&mut unread, 1).await?;
    process.terminate();
    exits(process, grace(with)?).await
}

/// A second signal abandons what the first one waits for.
pub(super) async fn at_once(with: &Surroundings<'_>) -> Checked {
    let process = with.process()?;
    let connection = with.connect().await?;
    let _call = with.begin(&connection, &endless()).await?;
    let mut watched = with.begin(&connection, &watch("")).await?;
    with.goes_on(&mut watched, 1).await?;
    process.terminate();
    // The first has been heard.
    with.goes_on(&mut watched, 2).await?;
    process.terminate();
    exits(process, Duration::ZERO).await
}

fn grace(with: &Surroundings<'_>) -> Checked<Duration> {
    Ok(Duration::from_millis(with.number("grace_ms")?.unsigned_abs()))
}

async fn exits(process: &Process, grace: Duration) -> Checked {
    let most = grace + MARGIN;
    let wanted = format!("exit code 0 within {most:?}");
    let ended = process.end(most).await;
    let (status, _) = ended.ok_or_else(|| Trouble::different(&wanted, "it runs on"))?;
    expect(status.code() == Some(0), wanted, || status.to_string())
}
