//! HTTP/2 frame by frame, for what no client does (RFC 9113).

use std::io;

use http::Request;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// What an HTTP/2 client begins with (RFC 9113, 3.4).
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Longest frame that is read: this side asks for none that is longer.
pub const MAX_FRAME_BYTES: usize = 16 * 1024;
const HEADER_BYTES: usize = 9;
/// The bit before a stream's number is reserved.
const STREAM_BITS: u32 = 0x7fff_ffff;

/// The kind of a frame with a part of a stream's body (RFC 9113, 6.1).
pub const DATA: u8 = 0;
/// The kind of a frame that opens a stream, or ends it with trailers (6.2).
pub const HEADERS: u8 = 1;
/// The kind of a frame that ends a stream at once (6.4).
pub const RST_STREAM: u8 = 3;
/// The kind of a frame with what its sender asks of the connection (6.5).
pub const SETTINGS: u8 = 4;
/// The kind of a frame that asks for a sign of life (6.7).
pub const PING: u8 = 6;
/// The kind of a frame after which no stream is opened (6.8).
pub const GOAWAY: u8 = 7;
/// The kind of a frame that makes room for more DATA (6.9).
pub const WINDOW_UPDATE: u8 = 8;

/// The setting of how much DATA a stream may have under way at first (RFC 9113, 6.5.2).
pub const INITIAL_WINDOW_SIZE: u8 = 4;

/// The flag of SETTINGS and PING that acknowledge the other side's.
pub const ACK: u8 = 1;
/// The flag of DATA and HEADERS that end their side of a stream.
pub const END_STREAM: u8 = 1;
/// The flag of HEADERS that are complete in their frame.
pub const END_HEADERS: u8 = 4;

/// The error of an end that is no failure (RFC 9113, 7).
pub const NO_ERROR: u32 = 0;
/// The error of a stream for which the server has done nothing.
pub const REFUSED_STREAM: u32 = 7;
/// The error of a stream that is needed no more.
pub const CANCEL: u32 = 8;
/// The error of a peer that causes too much work.
pub const ENHANCE_YOUR_CALM: u32 = 11;

/// A frame.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Such as [`DATA`].
    pub kind: u8,
    /// Such as [`END_STREAM`].
    pub flags: u8,
    /// The number of its stream, or 0 for the connection.
    pub stream: u32,
    /// What follows its header.
    pub payload: Vec<u8>,
}

impl Frame {
    /// A frame with these parts.
    pub fn new(kind: u8, flags: u8, stream: u32, payload: impl Into<Vec<u8>>) -> Self {
        Self { kind, flags, stream, payload: payload.into() }
    }

    /// The head of a request, without the end of its stream.
    #[must_use]
    pub fn head(request: &Request<()>, stream: u32) -> Self {
        Self::new(HEADERS, END_HEADERS, stream, header_block(request))
    }

    /// The messages of a request, and the end of its stream.
    pub fn body(messages: impl Into<Vec<u8>>, stream: u32) -> Self {
        Self::new(DATA, END_STREAM, stream, messages)
    }

    /// The next frame that comes.
    ///
    /// # Errors
    /// The connection has ended, or the frame is longer than [`MAX_FRAME_BYTES`], which is
    /// [`InvalidData`](io::ErrorKind::InvalidData).
    pub async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Self> {
        let mut header = [0; HEADER_BYTES];
        from.read_exact(&mut header).await?;
        let [a, b, c, kind, flags, number @ ..] = header;
        let length = u32::from_be_bytes([0, a, b, c]) as usize;
        if length > MAX_FRAME_BYTES {
            let long = format!("a frame of {length} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, long));
        }
        let mut payload = vec![0; length];
        from.read_exact(&mut payload).await?;
        Ok(Self { kind, flags, stream: u32::from_be_bytes(number) & STREAM_BITS, payload })
    }

    /// As it goes over the wire.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let [_, length @ ..] = (self.payload.len() as u32).to_be_bytes();
        [&length[..], &[self.kind, self.flags], &self.stream.to_be_bytes(), &self.payload].concat()
    }

    /// Whether it acknowledges one of this side.
    #[must_use]
    pub fn is_ack(&self) -> bool {
        self.flags & ACK != 0
    }

    /// Whether its stream ends with it.
    #[must_use]
    pub fn is_last(&self) -> bool {
        matches!(self.kind, DATA | HEADERS) && self.flags & END_STREAM != 0
    }

    /// The error of an `RST_STREAM` or a GOAWAY.
    #[must_use]
    pub fn error(&self) -> Option<u32> {
        let last = self.payload.get(if self.kind == GOAWAY { 4..8 } else { 0..4 })?;
        last.try_into().ok().map(u32::from_be_bytes)
    }
}

/// The headers of a request, each written out (RFC 7541, 6.2.2).
#[must_use]
pub fn header_block(request: &Request<()>) -> Vec<u8> {
    let uri = request.uri();
    let mut block = Vec::new();
    literal(&mut block, ":method", request.method().as_str());
    literal(&mut block, ":scheme", uri.scheme_str().unwrap_or("http"));
    if let Some(authority) = uri.authority() {
        literal(&mut block, ":authority", authority.as_str());
    }
    literal(&mut block, ":path", uri.path());
    for (name, value) in request.headers() {
        literal(&mut block, name, value);
    }
    block
}

/// A header that is not remembered by the peer.
pub fn literal(block: &mut Vec<u8>, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
    const WITHOUT_INDEXING: u8 = 0;
    block.push(WITHOUT_INDEXING);
    for text in [name.as_ref(), value.as_ref()] {
        length(block, text.len());
        block.extend(text);
    }
}

/// A length of seven bits, and what does not fit in further bytes (RFC 7541, 5.1).
fn length(block: &mut Vec<u8>, length: usize) {
    const MOST: usize = 127;
    block.push(length.min(MOST) as u8);
    let Some(mut rest) = length.checked_sub(MOST) else { return };
    while rest > MOST {
        block.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    block.push(rest as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_one_byte_or_as_many_as_it_needs() {
        for (number, bytes) in [
            (10, &[10][..]),
            (126, &[126]),
            (127, &[127, 0]),
            (254, &[127, 127]),
            (255, &[127, 128, 1]),
        ] {
            let mut block = Vec::new();
            length(&mut block, number);
            assert_eq!(block, bytes, "{number}");
        }
    }
}
