//! Silence, and what a server does about it.

use super::super::Surroundings;
use super::super::calling::small;
use super::super::frames::{ACK, ByHand, Frame, PING};
use crate::client::prepare;
use crate::trouble::Checked;

/// PINGs that are answered, so that the time for an answer to the first has passed.
const ANSWERED: u32 = 10;

/// A connection without streams that answers nothing.
pub(super) async fn unanswered(with: &Surroundings<'_>) -> Checked {
    let mut connection = ByHand::open(&with.server.endpoint, with.patience).await?;
    is_closed_after_a_ping(&mut connection, with).await
}

/// The same with a stream that is open.
pub(super) async fn with_a_stream(with: &Surroundings<'_>) -> Checked {
    let mut connection = ByHand::open(&with.server.endpoint, with.patience).await?;
    connection.send(&Frame::head(&prepare(&small(), with.server)?, 1)).await;
    is_closed_after_a_ping(&mut connection, with).await
}

async fn is_closed_after_a_ping(connection: &mut ByHand, with: &Surroundings<'_>) -> Checked {
    connection.find("a PING", with.patience, is_ping).await?;
    connection.closed(with.patience).await
}

/// One that answers each PING stays open.
pub(super) async fn answered(with: &Surroundings<'_>) -> Checked {
    let mut connection = ByHand::open(&with.server.endpoint, with.patience).await?;
    for _ in 0..ANSWERED {
        let ping = connection.find("a PING", with.patience, is_ping).await?;
        connection.send(&Frame::new(PING, ACK, 0, ping.payload)).await;
    }
    Ok(())
}

fn is_ping(frame: &Frame) -> bool {
    frame.kind == PING && !frame.is_ack()
}
