//! How an attacker reads, and what it learns by that.

use std::time::Duration;

use conformance_wire::frames::{Frame, GOAWAY, NO_ERROR};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::time::sleep;

use super::fate::Fate;
use super::send_windows::SendWindows;

/// What a slow reader takes at once, and how often.
const SIP_BYTES: usize = 64;
const SIP_EVERY: Duration = Duration::from_millis(20);

/// How an attacker reads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reading {
    /// All that comes.
    All,
    /// A few bytes at a time.
    Slowly,
    /// Nothing.
    Nothing,
}

/// Reads until the server closes the connection: what has become of it. `windows` learn what the
/// server has room for. Whoever reads nothing never learns of an end.
pub(super) async fn read(
    mut from_server: impl AsyncRead + Unpin,
    reading: Reading,
    windows: &SendWindows,
) -> Fate {
    match reading {
        Reading::Nothing => std::future::pending().await,
        Reading::Slowly => {
            let mut sip = [0; SIP_BYTES];
            while matches!(from_server.read(&mut sip).await, Ok(1..)) {
                sleep(SIP_EVERY).await;
            }
            Fate::Closed
        }
        Reading::All => {
            let mut fate = Fate::Closed;
            // What is no frame, as answers of HTTP/1.1 are, is read to its end.
            while let Ok(frame) = Frame::read(&mut from_server).await {
                windows.see(&frame);
                if frame.kind == GOAWAY {
                    fate = Fate::SentAway(frame.error().unwrap_or(NO_ERROR));
                }
            }
            let mut rest = vec![0; 1 << 16];
            while matches!(from_server.read(&mut rest).await, Ok(1..)) {}
            fate
        }
    }
}
