//! Calls that are complete within the grace.

use conformance_wire::frames::{DATA, Frame};

use crate::case::Expect;
use crate::check::CheckResult;
use crate::client::prepare;
use crate::procedures::Context;
use crate::procedures::answers::judged;
use crate::procedures::calls::{FRAMES_WITH_FIELDS, frames_with_fields, small, watch};

/// Connections, each with a call that is on its way when the signal comes.
const CONNECTIONS: usize = 20;

/// A stream that has begun comes to its end. It is in flight when the shutdown begins since
/// most of it has not been read, and not since it takes long: on a busy machine it could
/// take longer than the grace.
pub(in crate::procedures) async fn within(context: &Context<'_>) -> CheckResult {
    let process = context.process()?;
    let session = context.narrow_session().await?;
    let exchange = session.begun(&frames_with_fields(), 1).await?;
    let other = context.session().await?;
    let mut watched = other.begun(&watch(""), 1).await?;
    process.terminate();
    // The signal has been heard.
    other.goes_on(&mut watched, 2).await?;
    let answer = session.ended(exchange).await?;
    judged(&answer, &Expect { messages: Some(FRAMES_WITH_FIELDS), ..Expect::default() })
}

/// Calls that were sent just before are answered: these have left this machine's
/// side, since no client waits with them.
pub(in crate::procedures) async fn sent_before(context: &Context<'_>) -> CheckResult {
    let process = context.process()?;
    let callable = prepare(&small(), context.server)?;
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(context.by_hand().await?);
    }
    for connection in &mut connections {
        connection.send(&callable.head(1)).await;
        connection.send(&callable.body(1)).await;
    }
    process.terminate();
    for connection in &mut connections {
        let is_message = |frame: &Frame| frame.stream == 1 && frame.kind == DATA;
        connection.find("the answer of a call sent before", is_message).await?;
    }
    Ok(())
}
