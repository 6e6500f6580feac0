//! HTTP/2 frame by frame, for what no client does.

use std::collections::HashSet;
use std::io::ErrorKind::InvalidData;

use http::Request;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

pub(crate) use conformance_wire::frames::{
    ACK, CANCEL, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, Frame, GOAWAY, HEADERS,
    INITIAL_WINDOW_SIZE, NO_ERROR, PING, PREFACE, RST_STREAM, SETTINGS, WINDOW_UPDATE,
    header_block, literal,
};

use crate::serving::Serving;
use crate::soon;

/// A frame as it goes over the wire.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    Frame::new(kind, flags, stream, payload).bytes()
}

/// The HEADERS of a call, without the end of its stream.
pub(crate) fn headers(stream: u32, head: &Request<()>) -> Vec<u8> {
    Frame::head(head, stream).bytes()
}

/// A connection that says nothing by itself.
pub(crate) struct ByHand {
    stream: TcpStream,
}

impl ByHand {
    /// Connects, and sends preface and settings.
    pub(crate) async fn open(server: &Serving) -> Self {
        let stream = TcpStream::connect(server.address).await.expect("it listens");
        stream.set_nodelay(true).expect("it can be set");
        let mut connection = Self { stream };
        let hello = [PREFACE, &frame(SETTINGS, 0, 0, &[]), &frame(SETTINGS, ACK, 0, &[])];
        connection.send(&hello.concat()).await;
        connection
    }

    /// The same, and lets the server send nothing of any answer but its head.
    pub(crate) async fn open_without_windows(server: &Serving) -> Self {
        let mut connection = Self::open(server).await;
        let none = [0, INITIAL_WINDOW_SIZE, 0, 0, 0, 0];
        connection.send(&frame(SETTINGS, 0, 0, &none)).await;
        connection
    }

    /// Sends frames.
    pub(crate) async fn send(&mut self, frames: &[u8]) {
        self.stream.write_all(frames).await.expect("the connection is open");
    }

    /// Sends frames to a server that may have closed the connection.
    pub(crate) async fn send_if_open(&mut self, frames: &[u8]) {
        soon("room for frames", self.stream.write_all(frames)).await.ok();
    }

    /// The next frame, or none at the end of the connection.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        let frame = soon("a frame", Frame::read(&mut self.stream)).await;
        // A frame that is too long is no end of the connection.
        frame.inspect_err(|error| assert_ne!(error.kind(), InvalidData, "{error}")).ok()
    }

    /// Waits for the reset of a stream: its error.
    pub(crate) async fn reset(&mut self, stream: u32) -> Option<u32> {
        let is_it = |frame: &Frame| frame.kind == RST_STREAM && frame.stream == stream;
        self.find("the reset", is_it).await.error()
    }

    /// The first frame that is as asked for; others are passed over.
    pub(crate) async fn find(&mut self, what: &str, is_it: impl Fn(&Frame) -> bool) -> Frame {
        let mut last = None;
        while let Some(frame) = self.next().await {
            if is_it(&frame) {
                return frame;
            }
            last = Some(frame);
        }
        panic!("the connection ends without {what}; last came {last:?}");
    }

    /// Waits until each of these streams has ended, none of them by a reset.
    pub(crate) async fn ended(&mut self, streams: &[u32]) {
        let mut open: HashSet<_> = streams.iter().copied().collect();
        while !open.is_empty() {
            let ends = |frame: &Frame| frame.is_last() || frame.kind == RST_STREAM;
            let last = self.find("the end of all streams", ends).await;
            assert_ne!(last.kind, RST_STREAM, "{last:?}");
            open.remove(&last.stream);
        }
    }
}
