//! Calls that are refused before their message has come.

use std::collections::BTreeSet;

use conformance_wire::frames::{
    DATA, END_HEADERS, END_STREAM, Frame, GOAWAY, HEADERS, RST_STREAM, literal,
};

use crate::case::{Body, Call};
use crate::check::{CheckResult, expect, or_none};
use crate::client::{Callable, prepare};
use crate::procedures::Context;
use crate::procedures::calls::small;
use crate::procedures::frames::{ByHand, error_name};

/// Calls that are sent before the first of them is known to be refused.
const BURST: usize = 10;
/// The stream of the healthy call; those of others come after it.
const HEALTHY: u32 = 1;

/// Callers send the messages of calls that have been refused already. The
/// connection goes on, and so does a call that is not theirs.
pub(in crate::procedures) async fn messages_sent_all_the_same(
    context: &Context<'_>,
) -> CheckResult {
    let mut unsigned = small();
    unsigned.sign.none = true;
    let unsigned = prepare(&unsigned, context.server)?;
    let unknown = Call {
        method: "mfn.Nobody/RunSimulation".to_owned(),
        body: Some(Body::Frames(vec!["00 00000000".to_owned()])),
        ..Call::default()
    };
    let unknown = prepare(&unknown, context.server)?;
    let healthy = prepare(&small(), context.server)?;
    let mut connection = begun_beside(&healthy, context).await?;
    for burst in streams(context)?.chunks(BURST) {
        let calls = || burst.iter().zip([&unsigned, &unknown].into_iter().cycle());
        for (stream, refused) in calls() {
            connection.send(&refused.head(*stream)).await;
        }
        are_answered(&mut connection, burst).await?;
        for (stream, refused) in calls() {
            connection.send(&refused.body(*stream)).await;
        }
    }
    is_answered(&mut connection, &healthy).await
}

/// Streams whose heads are malformed are reset. A call that is not of their making
/// is answered all the same.
pub(in crate::procedures) async fn errors_beside_a_call(context: &Context<'_>) -> CheckResult {
    let healthy = prepare(&small(), context.server)?;
    let mut connection = begun_beside(&healthy, context).await?;
    let mut malformed = healthy.head(HEALTHY).payload;
    // A header of HTTP/1 makes it so (RFC 9113, 8.2.2).
    literal(&mut malformed, "connection", "close");
    for burst in streams(context)?.chunks(BURST) {
        for stream in burst {
            let flags = END_HEADERS | END_STREAM;
            connection.send(&Frame::new(HEADERS, flags, *stream, &*malformed)).await;
        }
    }
    is_answered(&mut connection, &healthy).await
}

/// A connection with a call whose message has not come.
async fn begun_beside(healthy: &Callable, context: &Context<'_>) -> CheckResult<ByHand> {
    let mut connection = context.by_hand().await?;
    connection.send(&healthy.head(HEALTHY)).await;
    Ok(connection)
}

/// The streams of the other calls.
fn streams(context: &Context<'_>) -> CheckResult<Vec<u32>> {
    let calls = context.number("calls")?.unsigned_abs() as u32;
    Ok((1..=calls).map(|place| HEALTHY + 2 * place).collect())
}

/// Waits until the server has ended each of these streams by an answer.
async fn are_answered(connection: &mut ByHand, streams: &[u32]) -> CheckResult {
    let mut open: BTreeSet<_> = streams.iter().copied().collect();
    while !open.is_empty() {
        let ends = |frame: &Frame| {
            let is_end = frame.kind == HEADERS && frame.flags & END_STREAM != 0;
            frame.kind == GOAWAY
                || open.contains(&frame.stream) && (is_end || frame.kind == RST_STREAM)
        };
        let end = connection.find("the answer to a refused call", ends).await?;
        expect(end.kind == HEADERS, "the answer to a refused call", || {
            format!("a frame of kind {}, with {}", end.kind, or_none(end.error().map(error_name)))
        })?;
        open.remove(&end.stream);
    }
    Ok(())
}

/// Sends the message of the healthy call at last.
async fn is_answered(connection: &mut ByHand, healthy: &Callable) -> CheckResult {
    connection.send(&healthy.body(HEALTHY)).await;
    let answer = |frame: &Frame| frame.stream == HEALTHY && frame.kind == DATA;
    connection.find("the answer to the healthy call", answer).await.map(drop)
}
