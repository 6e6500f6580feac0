//! What an attacker sends, for as long as the server takes it.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use conformance_wire::frames::{DATA, Frame};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

use super::send_windows::SendWindows;

/// An attacker sends no more once nothing of it has been taken for so long: the server holds
/// it off.
const HELD_OFF_AFTER: Duration = Duration::from_secs(1);

/// Bytes that are sent so many times.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) bytes: Bytes,
    pub(crate) times: usize,
    /// Bytes of them that are DATA of the first stream, and wait until there is room for them.
    data: usize,
}

impl Piece {
    /// Bytes that are sent once.
    pub(crate) fn once(bytes: impl Into<Bytes>) -> Self {
        Self::repeated(bytes, 1)
    }

    pub(crate) fn repeated(bytes: impl Into<Bytes>, times: usize) -> Self {
        Self { bytes: bytes.into(), times, data: 0 }
    }

    /// These bytes so many times as DATA of the first stream, for which the server makes room.
    pub(crate) fn data(bytes: &[u8], times: usize) -> Self {
        let frame = Frame::new(DATA, 0, 1, bytes);
        Self { data: bytes.len(), ..Self::repeated(frame.bytes(), times) }
    }
}

/// Sends the pieces, and counts in `sent` what the server has taken.
///
/// # Errors
/// The server takes no more.
pub(super) async fn send(
    to_server: &mut (impl AsyncWrite + Unpin),
    pieces: &[Piece],
    windows: &SendWindows,
    sent: &mut u64,
) -> io::Result<()> {
    for Piece { bytes, times, data } in pieces {
        for _ in 0..*times {
            timeout(HELD_OFF_AFTER, windows.take(*data)).await?;
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let written = timeout(HELD_OFF_AFTER, to_server.write(rest)).await;
                let written = written.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
                *sent += written as u64;
                rest = &rest[written..];
            }
        }
    }
    timeout(HELD_OFF_AFTER, to_server.flush()).await.map_err(io::Error::other)?
}
