//! How a connection begins, how many there are, and how old they get.

use tokio::io::AsyncWriteExt as _;

use super::super::Surroundings;
use super::super::calling::small;
use super::super::frames::{ByHand, DATA, Frame, GOAWAY, PREFACE, closed};
use crate::client::prepare;
use crate::trouble::{Checked, Trouble, expect};

/// Tries for the place of a connection that has left just now.
const TRIES: u32 = 1000;

/// One that says nothing, and one that stops within the preface.
pub(super) async fn slow_handshake(with: &Surroundings<'_>) -> Checked {
    for part in [&[], &PREFACE[..10]] {
        let mut stream = with.server.endpoint.tcp().await?;
        stream.write_all(part).await.ok();
        closed(&mut stream, with.patience / 2).await?;
    }
    settled(with).await.map(drop)
}

/// One more than may be open is closed; when another has left, the next is
/// accepted.
pub(super) async fn limit(with: &Surroundings<'_>) -> Checked {
    let mut open = Vec::new();
    for _ in 0..with.number("connections")? {
        open.push(settled(with).await?);
    }
    let answered = match with.connect().await {
        Ok(beyond) => with.is_answered(&beyond, &small()).await.is_ok(),
        Err(_) => false,
    };
    expect(!answered, "a connection that is closed", || "an answer on it".to_owned())?;
    for connection in &open {
        with.is_answered(connection, &small()).await?;
    }
    open.pop();
    settled(with).await.map(drop)
}

/// A connection on which a call has been answered. The server may not have seen
/// yet that one before it has left, and a busy client may be late itself.
async fn settled(with: &Surroundings<'_>) -> Checked<crate::client::Connection> {
    for _ in 0..TRIES {
        if let Ok(connection) = with.connect().await
            && with.is_answered(&connection, &small()).await.is_ok()
        {
            return Ok(connection);
        }
    }
    Err(Trouble::different("a place for a connection", format!("none in {TRIES} tries")))
}

/// GOAWAY comes, and a call that has begun is answered before the end.
pub(super) async fn age(with: &Surroundings<'_>) -> Checked {
    let callable = prepare(&small(), with.server)?;
    let mut connection = ByHand::open(&with.server.endpoint, with.patience).await?;
    connection.send(&Frame::head(&callable, 1)).await;
    connection.find("GOAWAY", with.patience, |frame| frame.kind == GOAWAY).await?;
    connection.send(&Frame::body(&callable, 1)).await;
    let answer = |frame: &Frame| frame.kind == DATA && frame.stream == 1;
    connection.find("the answer of the open call", with.patience, answer).await?;
    connection.closed(with.patience).await
}
