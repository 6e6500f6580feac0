//! Streams that are opened and reset.

use std::time::Instant;

use conformance_wire::frames::{
    CANCEL, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, Frame, GOAWAY, HEADERS, PING, RST_STREAM,
};

use crate::check::{CheckError, CheckResult, expect, or_none};
use crate::client::CallError;
use crate::procedures::Context;
use crate::procedures::answers::is_ok;
use crate::procedures::calls::{endless, small};
use crate::procedures::frames::error_name;
use crate::procedures::session::Session;

/// Most streams that are opened, whatever the server announces.
const MOST_STREAMS: usize = 1000;
/// Streams that are far more than a client may reset.
const FLOOD: u32 = 10_000;
/// POST and http of the static table, and a path (RFC 7541, 6.1 and 6.2.2).
const POST_TO_ROOT: [u8; 5] = [0x83, 0x86, 0x04, 1, b'/'];

/// As many streams as may be open are reset at once; the connection goes on.
pub(in crate::procedures) async fn burst(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    session.is_answered(&small()).await?;
    let most = session.max_streams().min(MOST_STREAMS);
    let mut open = Vec::new();
    for _ in 0..most {
        open.push(session.begin(&endless()).await?);
    }
    drop(open);
    is_answered_in_the_end(context, &session).await?;
    // All at once, so that the server may see them before it takes up any of them.
    let mut connection = context.by_hand().await?;
    let mut burst = resets(most as u32);
    burst.extend(Frame::new(PING, 0, 0, *b"go on on").bytes());
    let answered = |frame: &Frame| frame.kind == GOAWAY || (frame.kind == PING && frame.is_ack());
    let answer = connection.find_while_sending(&burst, "an answer to PING", answered).await?;
    let error = answer.error();
    expect(answer.kind == PING, "an answer to PING", || {
        format!("GOAWAY with {}", or_none(error.map(error_name)))
    })
}

/// Streams that are opened and reset, one after the other.
fn resets(streams: u32) -> Vec<u8> {
    let stream = |place| {
        let id = 2 * place + 1;
        let head = Frame::new(HEADERS, END_STREAM | END_HEADERS, id, POST_TO_ROOT);
        let reset = Frame::new(RST_STREAM, 0, id, CANCEL.to_be_bytes());
        [head.bytes(), reset.bytes()].concat()
    };
    (0..streams).flat_map(stream).collect()
}

/// Until a server has seen the resets, it may refuse a further stream.
async fn is_answered_in_the_end(context: &Context<'_>, session: &Session<'_>) -> CheckResult {
    let call = small();
    let start = Instant::now();
    while start.elapsed() < context.timeout {
        let answer = session.begin(&call).await?.end(context.timeout).await;
        match answer {
            Err(CallError::Http2(h2)) if h2.reason() == Some(h2::Reason::REFUSED_STREAM) => {}
            answer => return is_ok(&answer?),
        }
    }
    Err(CheckError::not_in_time("a stream that is not refused after the resets", context.timeout))
}

/// Far more are opened and reset than may be: the connection is ended, and others
/// go on.
pub(in crate::procedures) async fn flood(context: &Context<'_>) -> CheckResult {
    let mut connection = context.by_hand().await?;
    // All at once, so that the server has no time for any of them.
    let flood = resets(FLOOD);
    let away = |frame: &Frame| frame.kind == GOAWAY;
    let away = connection.find_while_sending(&flood, "GOAWAY", away).await?;
    let error = away.error();
    expect(error == Some(ENHANCE_YOUR_CALM), "ENHANCE_YOUR_CALM", || {
        or_none(error.map(error_name))
    })?;
    context.session().await?.is_answered(&small()).await
}
