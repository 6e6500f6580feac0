//! Silence, and what a server does about it.

use conformance_wire::frames::{ACK, Frame, PING};

use crate::check::CheckResult;
use crate::client::prepare;
use crate::procedures::Context;
use crate::procedures::calls::small;
use crate::procedures::frames::{ByHand, is_ping};

/// PINGs that are answered, so that the time for an answer to the first has passed.
const ANSWERED: u32 = 10;

/// A connection without streams that answers nothing.
pub(in crate::procedures) async fn unanswered(context: &Context<'_>) -> CheckResult {
    let mut connection = context.by_hand().await?;
    is_closed_after_a_ping(&mut connection).await
}

/// The same with a stream that is open.
pub(in crate::procedures) async fn with_a_stream(context: &Context<'_>) -> CheckResult {
    let mut connection = context.by_hand().await?;
    connection.send(&prepare(&small(), context.server)?.head(1)).await;
    is_closed_after_a_ping(&mut connection).await
}

async fn is_closed_after_a_ping(connection: &mut ByHand) -> CheckResult {
    connection.find("a PING", is_ping).await?;
    connection.closed_unanswered().await
}

/// One that answers each PING stays open.
pub(in crate::procedures) async fn answered(context: &Context<'_>) -> CheckResult {
    let mut connection = context.by_hand().await?;
    for _ in 0..ANSWERED {
        let ping = connection.find("a PING", is_ping).await?;
        connection.send(&Frame::new(PING, ACK, 0, ping.payload)).await;
    }
    Ok(())
}
