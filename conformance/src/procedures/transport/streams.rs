//! How many streams a connection may have.

use futures_util::future::try_join_all;

use conformance_wire::frames::{DATA, END_STREAM, Frame, HEADERS, REFUSED_STREAM, RST_STREAM};

use crate::check::{CheckResult, expect, or_none};
use crate::client::prepare;
use crate::procedures::Context;
use crate::procedures::calls::small;
use crate::procedures::frames::{ByHand, error_name};

/// The server announces its number.
pub(in crate::procedures) async fn announced(context: &Context<'_>) -> CheckResult {
    context.process()?;
    let session = context.session().await?;
    // Settings come before any answer.
    session.is_answered(&small()).await?;
    let wanted = context.number("streams")?;
    let actual = session.max_streams();
    let holds = usize::try_from(wanted).is_ok_and(|wanted| wanted == actual);
    expect(holds, format!("{wanted} streams, by SETTINGS"), || actual.to_string())
}

/// So many calls at once are all answered.
pub(in crate::procedures) async fn at_once(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let call = small();
    let calls = (0..context.number("calls")?).map(|_| session.is_answered(&call));
    try_join_all(calls).await.map(drop)
}

/// With as many streams open as may be, one more is refused, and the others are
/// answered.
pub(in crate::procedures) async fn beyond(context: &Context<'_>) -> CheckResult {
    let streams = context.number("streams")?.unsigned_abs() as u32;
    let callable = prepare(&small(), context.server)?;
    let mut connection = context.by_hand().await?;
    let numbers = (0..streams).map(|place| 2 * place + 1);
    let beyond = 2 * streams + 1;
    for stream in numbers.clone().chain([beyond]) {
        connection.send(&callable.head(stream)).await;
    }
    let ends = |frame: &Frame| frame.kind == RST_STREAM && frame.stream == beyond;
    let refused = connection.find("RST_STREAM of the stream beyond", ends).await?;
    let error = refused.error();
    expect(error == Some(REFUSED_STREAM), "REFUSED_STREAM", || or_none(error.map(error_name)))?;
    for stream in numbers {
        connection.send(&callable.body(stream)).await;
        is_answered(&mut connection, stream).await?;
    }
    Ok(())
}

/// Whether a message and trailers come on this stream. A refusal has no message.
async fn is_answered(connection: &mut ByHand, stream: u32) -> CheckResult {
    let message = |frame: &Frame| frame.stream == stream && frame.kind != HEADERS;
    let first = connection.find("a message of an open stream", message).await?;
    expect(first.kind == DATA, "a message", || format!("a frame of kind {}", first.kind))?;
    let end = |frame: &Frame| frame.stream == stream && frame.flags & END_STREAM != 0;
    connection.find("the end of an open stream", end).await.map(drop)
}
