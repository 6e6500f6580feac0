//! Streams that are opened and reset.

use std::time::Instant;

use conformance_wire::frames::{
    CANCEL, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, Frame, GOAWAY, HEADERS, RST_STREAM,
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
    is_answered_in_the_end(context, &session).await
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
    let mut flood = Vec::new();
    for stream in (0..FLOOD).map(|place| 2 * place + 1) {
        flood.extend(Frame::new(HEADERS, END_STREAM | END_HEADERS, stream, POST_TO_ROOT).bytes());
        flood.extend(Frame::new(RST_STREAM, 0, stream, CANCEL.to_be_bytes()).bytes());
    }
    let away = |frame: &Frame| frame.kind == GOAWAY;
    let away = connection.find_while_sending(&flood, "GOAWAY", away).await?;
    let error = away.error();
    expect(error == Some(ENHANCE_YOUR_CALM), "ENHANCE_YOUR_CALM", || {
        or_none(error.map(error_name))
    })?;
    context.session().await?.is_answered(&small()).await
}
