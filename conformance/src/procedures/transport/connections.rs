//! How a connection begins, how many there are, and how old they get.

use std::time::Instant;

use tokio::io::AsyncWriteExt as _;

use conformance_wire::frames::{DATA, Frame, GOAWAY, PREFACE};

use crate::check::{CheckError, CheckResult, expect};
use crate::client::prepare;
use crate::procedures::Context;
use crate::procedures::calls::small;
use crate::procedures::frames::closed;
use crate::procedures::session::Session;

/// One that says nothing, and one that stops within the preface.
pub(in crate::procedures) async fn slow_handshake(context: &Context<'_>) -> CheckResult {
    for part in [&[], &PREFACE[..10]] {
        let mut stream = context.server.endpoint.tcp().await?;
        stream.write_all(part).await.ok();
        closed(&mut stream, context.timeout / 2).await?;
    }
    settled(context).await.map(drop)
}

/// One more than may be open is closed; when another has left, the next is
/// accepted.
pub(in crate::procedures) async fn limit(context: &Context<'_>) -> CheckResult {
    let mut open = Vec::new();
    for _ in 0..context.number("connections")? {
        open.push(settled(context).await?);
    }
    let answered = match context.session().await {
        Ok(beyond) => beyond.is_answered(&small()).await.is_ok(),
        Err(_) => false,
    };
    expect(!answered, "a connection that is closed", || "an answer on it".to_owned())?;
    for connection in &open {
        connection.is_answered(&small()).await?;
    }
    open.pop();
    settled(context).await.map(drop)
}

/// With as many open as may be, one on which nothing was called is closed for
/// another. Those on which calls were answered stay.
pub(in crate::procedures) async fn makes_way(context: &Context<'_>) -> CheckResult {
    let mut idle = context.by_hand().await?;
    let mut open = Vec::new();
    for _ in 0..context.number("connections")? {
        open.push(settled(context).await?);
    }
    idle.closed().await?;
    for connection in &open {
        connection.is_answered(&small()).await?;
    }
    Ok(())
}

/// A connection on which a call has been answered. The server may not have seen
/// yet that one before it has left, and a busy client may be late itself.
async fn settled<'a>(context: &Context<'a>) -> CheckResult<Session<'a>> {
    let start = Instant::now();
    while start.elapsed() < context.timeout {
        if let Ok(session) = context.session().await
            && session.is_answered(&small()).await.is_ok()
        {
            return Ok(session);
        }
    }
    Err(CheckError::not_in_time("a place for a connection", context.timeout))
}

/// GOAWAY comes, and a call that has begun is answered before the end.
pub(in crate::procedures) async fn age(context: &Context<'_>) -> CheckResult {
    let callable = prepare(&small(), context.server)?;
    let mut connection = context.by_hand().await?;
    connection.send(&callable.head(1)).await;
    connection.find("GOAWAY", |frame| frame.kind == GOAWAY).await?;
    connection.send(&callable.body(1)).await;
    let answer = |frame: &Frame| frame.kind == DATA && frame.stream == 1;
    connection.find("the answer of the open call", answer).await?;
    connection.closed().await
}
