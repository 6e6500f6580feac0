//! Calls that are complete within the grace.

use conformance_wire::frames::{DATA, Frame};

use crate::case::Expect;
use crate::check::CheckResult;
use crate::client::prepare;
use crate::procedures::Context;
use crate::procedures::answers::judged;
use crate::procedures::calls::{four_frames, small};

/// Connections, each with a call that is on its way when the signal comes.
const CONNECTIONS: usize = 20;

/// A stream that has begun comes to its end.
pub(in crate::procedures) async fn within(context: &Context<'_>) -> CheckResult {
    let process = context.process()?;
    let session = context.session().await?;
    let call = four_frames();
    let exchange = session.begun(&call, 1).await?;
    process.terminate();
    let answer = session.ended(exchange).await?;
    judged(&answer, &Expect { messages: Some(4), ..Expect::default() })
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
