//! Calls that are complete within the grace.

use super::super::Surroundings;
use super::super::calling::{ended, four_frames, judged, small};
use super::super::frames::{ByHand, DATA, Frame};
use crate::case::Expect;
use crate::client::prepare;
use crate::trouble::Checked;

/// Connections, each with a call that is on its way when the signal comes.
const CONNECTIONS: usize = 20;

/// A stream that has begun comes to its end.
pub(super) async fn within(with: &Surroundings<'_>) -> Checked {
    let process = with.process()?;
    let connection = with.connect().await?;
    let call = four_frames();
    let mut exchange = with.begin(&connection, &call).await?;
    with.goes_on(&mut exchange, 1).await?;
    process.terminate();
    let answer = ended(exchange, with.patience).await?;
    judged(&call, &answer, &Expect { messages: Some(4), ..Expect::default() })
}

/// Calls that were sent just before are answered: these have left this machine's
/// side, since no client waits with them.
pub(super) async fn sent_before(with: &Surroundings<'_>) -> Checked {
    let process = with.process()?;
    let callable = prepare(&small(), with.server)?;
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(ByHand::open(&with.server.endpoint, with.patience).await?);
    }
    for connection in &mut connections {
        connection.send(&Frame::head(&callable, 1)).await;
        connection.send(&Frame::body(&callable, 1)).await;
    }
    process.terminate();
    for connection in &mut connections {
        let is_message = |frame: &Frame| frame.stream == 1 && frame.kind == DATA;
        connection.find("the answer of a call sent before", with.patience, is_message).await?;
    }
    Ok(())
}
