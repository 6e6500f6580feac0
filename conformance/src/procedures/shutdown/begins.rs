//! What a shutdown begins with.

use super::super::Surroundings;
use super::super::calling::{NAMES, last_message, small, watch};
use super::super::frames::{ByHand, Frame, GOAWAY};
use crate::client::prepare;
use crate::trouble::{Checked, Trouble, expect};

/// Tries to connect until a server has closed its port.
const TRIES: u32 = 1000;

/// Who watches is told, of each name.
pub(super) async fn health(with: &Surroundings<'_>) -> Checked {
    let process = with.process()?;
    let connection = with.connect().await?;
    let mut watches = Vec::new();
    for name in NAMES {
        let mut watched = with.begin(&connection, &watch(name)).await?;
        with.goes_on(&mut watched, 1).await?;
        watches.push((name, watched));
    }
    process.terminate();
    for (name, mut watched) in watches {
        let answer = with.goes_on(&mut watched, 2).await?;
        let state = last_message(&watch(name), &answer)?.remove("status");
        let told = state.as_ref().is_some_and(|state| state == "NOT_SERVING");
        expect(told, format!("'{name}' NOT_SERVING"), || format!("{state:?}"))?;
    }
    Ok(())
}

/// An open connection is sent GOAWAY, and a new one is not served.
pub(super) async fn connections(with: &Surroundings<'_>) -> Checked {
    let process = with.process()?;
    let mut open = ByHand::open(&with.server.endpoint, with.patience).await?;
    // The server stays for this call.
    open.send(&Frame::head(&prepare(&small(), with.server)?, 1)).await;
    process.terminate();
    open.find("GOAWAY", with.patience, |frame| frame.kind == GOAWAY).await?;
    for _ in 0..TRIES {
        let Ok(connection) = with.connect().await else { return Ok(()) };
        if with.is_answered(&connection, &small()).await.is_err() {
            return Ok(());
        }
    }
    Err(Trouble::different("no new connection", format!("{TRIES} that were served")))
}
