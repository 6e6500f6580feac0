//! How many streams a connection may have.

use futures_util::future::try_join_all;

use super::super::Surroundings;
use super::super::calling::small;
use super::super::frames::{ByHand, DATA, END_STREAM, Frame, HEADERS, REFUSED_STREAM, RST_STREAM};
use crate::client::prepare;
use crate::trouble::{Checked, expect};

/// The server announces its number.
pub(super) async fn announced(with: &Surroundings<'_>) -> Checked {
    with.process()?;
    let connection = with.connect().await?;
    // Settings come before any answer.
    with.is_answered(&connection, &small()).await?;
    let wanted = with.number("streams")?;
    let came = connection.requests.current_max_send_streams();
    let holds = usize::try_from(wanted).is_ok_and(|wanted| wanted == came);
    expect(holds, format!("{wanted} streams, by SETTINGS"), || came.to_string())
}

/// So many calls at once are all answered.
pub(super) async fn at_once(with: &Surroundings<'_>) -> Checked {
    let connection = with.connect().await?;
    let call = small();
    let calls = (0..with.number("calls")?).map(|_| with.is_answered(&connection, &call));
    try_join_all(calls).await.map(drop)
}

/// With as many streams open as may be, one more is refused, and the others are
/// answered.
pub(super) async fn beyond(with: &Surroundings<'_>) -> Checked {
    let streams = with.number("streams")?.unsigned_abs() as u32;
    let callable = prepare(&small(), with.server)?;
    let mut connection = ByHand::open(&with.server.endpoint, with.patience).await?;
    let numbers = (0..streams).map(|place| 2 * place + 1);
    let beyond = 2 * streams + 1;
    for stream in numbers.clone().chain([beyond]) {
        connection.send(&Frame::head(&callable, stream)).await;
    }
    let ends = |frame: &Frame| frame.kind == RST_STREAM && frame.stream == beyond;
    let refused = connection.find("RST_STREAM of the stream beyond", with.patience, ends).await?;
    let error = refused.error();
    expect(error == Some(REFUSED_STREAM), "REFUSED_STREAM", || format!("error {error:?}"))?;
    for stream in numbers {
        connection.send(&Frame::body(&callable, stream)).await;
        is_answered(&mut connection, stream, with).await?;
    }
    Ok(())
}

/// Whether a message and trailers come on this stream. A refusal has no message.
async fn is_answered(connection: &mut ByHand, stream: u32, with: &Surroundings<'_>) -> Checked {
    let message = |frame: &Frame| frame.stream == stream && frame.kind != HEADERS;
    let first = connection.find("a message of an open stream", with.patience, message).await?;
    expect(first.kind == DATA, "a message", || format!("a frame of kind {}", first.kind))?;
    let end = |frame: &Frame| frame.stream == stream && frame.flags & END_STREAM != 0;
    connection.find("the end of an open stream", with.patience, end).await.map(drop)
}
