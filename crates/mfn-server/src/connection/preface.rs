//! The 24 bytes that an HTTP/2 connection begins with. They are read before the
//! transport takes over, since it would wait for them without end.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};

/// RFC 9113, section 3.4.
pub(super) const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// A TLS record of a handshake, RFC 8446, section 5.1.
const TLS_HANDSHAKE: u8 = 22;

/// Why a connection is not HTTP/2.
#[derive(Debug)]
pub(super) enum NotHttp2 {
    /// It begins with a TLS handshake.
    Tls,
    /// It begins with something else, perhaps HTTP/1.
    Other,
    /// It ended or broke.
    Io(io::Error),
}

/// Waits for the preface on `io`, and gives back `io` as it was before; as it is
/// then if there is none.
pub(super) async fn expect<T: AsyncRead + Unpin>(
    mut io: T,
) -> Result<AfterPreface<T>, (NotHttp2, T)> {
    let mut bytes = [0; PREFACE.len()];
    let mut read = 0;
    while read < bytes.len() {
        let more = match io.read(&mut bytes[read..]).await {
            Ok(0) => return Err((NotHttp2::Io(io::ErrorKind::UnexpectedEof.into()), io)),
            Ok(more) => more,
            Err(error) => return Err((NotHttp2::Io(error), io)),
        };
        read += more;
        // A peer that speaks something else may wait for an answer now.
        if bytes[..read] != PREFACE[..read] {
            let other = if bytes[0] == TLS_HANDSHAKE { NotHttp2::Tls } else { NotHttp2::Other };
            return Err((other, io));
        }
    }
    Ok(AfterPreface { unread: PREFACE, io })
}

/// A connection whose preface can be read once more.
#[derive(Debug)]
pub(super) struct AfterPreface<T> {
    unread: &'static [u8],
    io: T,
}

impl<T: AsyncRead + Unpin> AsyncRead for AfterPreface<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.unread.is_empty() {
            let (now, later) = self.unread.split_at(self.unread.len().min(buffer.remaining()));
            buffer.put_slice(now);
            self.unread = later;
            if buffer.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            // What else is there already belongs to the same read.
            let more = Pin::new(&mut self.io).poll_read(cx, buffer);
            return Poll::Ready(if let Poll::Ready(read) = more { read } else { Ok(()) });
        }
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for AfterPreface<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_follows_the_preface_is_read_after_it() {
        let all = [PREFACE.as_slice(), b"frames"].concat();
        let mut io = expect(&*all).await.expect("it is HTTP/2");
        let mut read = Vec::new();
        io.read_to_end(&mut read).await.expect("it can be read");
        assert_eq!(read, all);
    }

    #[tokio::test]
    async fn it_is_read_in_any_portions() {
        let all = [PREFACE.as_slice(), b"frames"].concat();
        for portion in [1, 5, 23, 24, 25] {
            let mut io = expect(&*all).await.expect("it is HTTP/2");
            let (mut read, mut buffer) = (Vec::new(), vec![0; portion]);
            loop {
                match io.read(&mut buffer).await.expect("it can be read") {
                    0 => break,
                    n => read.extend_from_slice(&buffer[..n]),
                }
            }
            assert_eq!(read, all, "in portions of {portion}");
        }
    }

    // shows MFN-TRANS-014
    #[tokio::test]
    async fn other_protocols_are_known_by_their_first_bytes() {
        // None of these is as long as the preface, and none goes on.
        let (mut peer, io) = tokio::io::duplex(64);
        tokio::io::AsyncWriteExt::write_all(&mut peer, b"GET / HTTP/1.1").await.expect("room");
        assert!(matches!(expect(io).await, Err((NotHttp2::Other, _))));
        assert!(matches!(expect(&[22, 3, 1][..]).await, Err((NotHttp2::Tls, _))));
        assert!(matches!(expect(&PREFACE[..7]).await, Err((NotHttp2::Io(_), _))));
    }
}
