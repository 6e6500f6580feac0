//! The 24 bytes that an HTTP/2 connection begins with. They are read before the
//! transport takes over, since it would wait for them without end, and by them a
//! connection is known that begins as HTTP/1.1.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};

/// RFC 9113, section 3.4.
pub(super) const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// A TLS record of a handshake, RFC 8446, section 5.1.
const TLS_HANDSHAKE: u8 = 22;

/// What a connection begins as.
#[derive(Debug)]
pub(super) enum Beginning<T> {
    Http2(Rewound<T>),
    /// It begins with a capital letter, as the methods of HTTP/1.1 do.
    Http1(Rewound<T>),
}

/// Why it is neither.
#[derive(Debug)]
pub(super) enum NotHttp {
    /// It begins with a TLS handshake.
    Tls,
    /// It begins with something else.
    Other,
    /// It ended or broke.
    Io(io::Error),
}

/// Waits for the preface on `io`, or for what is none, and gives back `io` as it was
/// before; as it is then if that is no HTTP.
pub(super) async fn expect<T: AsyncRead + Unpin>(mut io: T) -> Result<Beginning<T>, (NotHttp, T)> {
    let mut bytes = [0; PREFACE.len()];
    let mut read = 0;
    while read < bytes.len() {
        let more = match io.read(&mut bytes[read..]).await {
            Ok(0) => return Err((NotHttp::Io(io::ErrorKind::UnexpectedEof.into()), io)),
            Ok(more) => more,
            Err(error) => return Err((NotHttp::Io(error), io)),
        };
        read += more;
        // A peer that speaks something else may wait for an answer now.
        if bytes[..read] != PREFACE[..read] {
            return match bytes[0] {
                b'A'..=b'Z' => {
                    let unread = Bytes::copy_from_slice(&bytes[..read]);
                    Ok(Beginning::Http1(Rewound { unread, io }))
                }
                TLS_HANDSHAKE => Err((NotHttp::Tls, io)),
                _ => Err((NotHttp::Other, io)),
            };
        }
    }
    Ok(Beginning::Http2(Rewound { unread: Bytes::from_static(PREFACE), io }))
}

/// A connection whose beginning can be read once more.
#[derive(Debug)]
pub(super) struct Rewound<T> {
    unread: Bytes,
    io: T,
}

impl<T> Rewound<T> {
    /// What the connection is made of.
    #[cfg(target_os = "linux")]
    pub(super) fn get_ref(&self) -> &T {
        &self.io
    }

    /// The connection after its beginning.
    pub(super) fn into_inner(self) -> T {
        self.io
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Rewound<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.unread.is_empty() {
            let fits = self.unread.len().min(buffer.remaining());
            buffer.put_slice(&self.unread.split_to(fits));
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

impl<T: AsyncWrite + Unpin> AsyncWrite for Rewound<T> {
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

    async fn http2(bytes: &[u8]) -> Rewound<&[u8]> {
        match expect(bytes).await {
            Ok(Beginning::Http2(io)) => io,
            other => panic!("it is HTTP/2, and not {other:?}"),
        }
    }

    #[tokio::test]
    async fn what_follows_the_preface_is_read_after_it() {
        let all = [PREFACE.as_slice(), b"frames"].concat();
        let mut io = http2(&all).await;
        let mut read = Vec::new();
        io.read_to_end(&mut read).await.expect("it can be read");
        assert_eq!(read, all);
    }

    #[tokio::test]
    async fn it_is_read_in_any_portions() {
        let all = [PREFACE.as_slice(), b"frames"].concat();
        for portion in [1, 5, 23, 24, 25] {
            let mut io = http2(&all).await;
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

    // shows MFN-TRANS-032
    #[tokio::test]
    async fn other_protocols_are_known_by_their_first_bytes() {
        // None of these is as long as the preface, and none goes on.
        for http1 in ["GET / HTTP/1.1", "POST", "PATCH", "PRI * HTTP/1.1"] {
            let (mut peer, io) = tokio::io::duplex(64);
            tokio::io::AsyncWriteExt::write_all(&mut peer, http1.as_bytes()).await.expect("room");
            let Ok(Beginning::Http1(mut io)) = expect(io).await else { panic!("{http1}") };
            let mut read = vec![0; http1.len()];
            io.read_exact(&mut read).await.expect("it can be read once more");
            assert_eq!(read, http1.as_bytes());
        }
        assert!(matches!(expect(&[22, 3, 1][..]).await, Err((NotHttp::Tls, _))));
        assert!(matches!(expect(&b"\0"[..]).await, Err((NotHttp::Other, _))));
        assert!(matches!(expect(&PREFACE[..7]).await, Err((NotHttp::Io(_), _))));
    }
}
