//! A connection that is spoken frame by frame, for what no client does.

use std::future::pending;
use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::time;

use conformance_wire::Endpoint;
use conformance_wire::endpoint::Stream;
use conformance_wire::frames::{ACK, Frame, MAX_FRAME_BYTES, PING, PREFACE, SETTINGS};

use crate::check::{CheckError, CheckResult};

/// Most frames that are passed over on the way to one that is waited for.
const MAX_FRAMES: usize = 100_000;
/// Most that a server says before it closes a connection.
const MAX_LAST_BYTES: u64 = 1 << 20;
/// What is waited for where nothing else is to come.
const THE_END: &str = "the end of the connection";

/// An error as RFC 9113 names it.
pub(super) fn error_name(error: u32) -> String {
    format!("the error {}", h2::Reason::from(error))
}

/// A connection that says nothing by itself, but that it answers PINGs while it waits.
#[derive(Debug)]
pub(super) struct ByHand {
    stream: Stream,
    timeout: Duration,
}

impl ByHand {
    /// Connects, with TLS if the server has it, sends preface and settings, and takes the
    /// server's.
    pub(super) async fn open(endpoint: &Endpoint, timeout: Duration) -> CheckResult<Self> {
        let mut connection = Self { stream: endpoint.connect().await?, timeout };
        connection.send_bytes(PREFACE).await;
        connection.send(&Frame::new(SETTINGS, 0, 0, [])).await;
        let settings = |frame: &Frame| frame.kind == SETTINGS && !frame.is_ack();
        connection.find("SETTINGS", settings).await?;
        connection.send(&Frame::new(SETTINGS, ACK, 0, [])).await;
        Ok(connection)
    }

    /// Sends a frame, unless the server has closed the connection: what comes
    /// tells.
    pub(super) async fn send(&mut self, frame: &Frame) {
        self.send_bytes(&frame.bytes()).await;
    }

    async fn send_bytes(&mut self, bytes: &[u8]) {
        send_all(&mut self.stream, bytes).await;
    }

    /// The first frame that is as asked for; others are passed over. A PING among them is
    /// answered; one that is asked for is the caller's to answer.
    pub(super) async fn find(
        &mut self,
        what: &str,
        is_it: impl Fn(&Frame) -> bool,
    ) -> CheckResult<Frame> {
        let timeout = self.timeout;
        let found = async {
            loop {
                let wanted = |frame: &Frame| is_it(frame) || is_ping(frame);
                let frame = find(&mut self.stream, what, wanted).await?;
                if is_it(&frame) {
                    return Ok(frame);
                }
                self.answer(&frame).await;
            }
        };
        within(timeout, what, found).await
    }

    /// The first frame that is as asked for, while this is sent, of which the server need
    /// not take all. Nothing is answered.
    pub(super) async fn find_while_sending(
        &mut self,
        bytes: &[u8],
        what: &str,
        is_it: impl Fn(&Frame) -> bool,
    ) -> CheckResult<Frame> {
        let (mut from_server, mut to_server) = split(&mut self.stream);
        let sending = async {
            send_all(&mut to_server, bytes).await;
            pending().await
        };
        let found = find(&mut from_server, what, is_it);
        tokio::select! {
            found = within(self.timeout, what, found) => found,
            never = sending => never,
        }
    }

    /// Waits until the server closes the connection. A server that asks a client to go may
    /// send a PING after its GOAWAY, and keep the connection until that is answered.
    pub(super) async fn closed(&mut self) -> CheckResult {
        let timeout = self.timeout;
        let ended = async {
            while let Some(frame) = next(&mut self.stream).await? {
                if is_ping(&frame) {
                    self.answer(&frame).await;
                }
            }
            Ok(())
        };
        within(timeout, THE_END, ended).await
    }

    async fn answer(&mut self, ping: &Frame) {
        self.send(&Frame::new(PING, ACK, 0, &*ping.payload)).await;
    }

    /// Waits until the server closes the connection, and answers nothing.
    pub(super) async fn closed_unanswered(&mut self) -> CheckResult {
        closed(&mut self.stream, self.timeout).await.map(drop)
    }
}

/// Whether it is one that is to be answered.
pub(super) fn is_ping(frame: &Frame) -> bool {
    frame.kind == PING && !frame.is_ack()
}

/// TLS holds back the end of what it is given until it is told to send it.
async fn send_all(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) {
    stream.write_all(bytes).await.ok();
    stream.flush().await.ok();
}

/// What comes of `work`, which waits for this.
async fn within<T>(
    timeout: Duration,
    what: &str,
    work: impl Future<Output = CheckResult<T>>,
) -> CheckResult<T> {
    let late = |_| CheckError::not_in_time(what, timeout);
    time::timeout(timeout, work).await.map_err(late)?
}

async fn find(
    stream: &mut (impl AsyncRead + Unpin),
    what: &str,
    is_it: impl Fn(&Frame) -> bool,
) -> CheckResult<Frame> {
    for _ in 0..MAX_FRAMES {
        match next(stream).await? {
            Some(frame) if is_it(&frame) => return Ok(frame),
            Some(_) => {}
            None => return Err(CheckError::different(what, THE_END)),
        }
    }
    Err(CheckError::different(what, format!("{MAX_FRAMES} other frames")))
}

/// The next frame, or `None` at the end of the connection.
async fn next(stream: &mut (impl AsyncRead + Unpin)) -> CheckResult<Option<Frame>> {
    match Frame::read(stream).await {
        Ok(frame) => Ok(Some(frame)),
        Err(long) if long.kind() == ErrorKind::InvalidData => {
            let wanted = format!("frames of at most {MAX_FRAME_BYTES} bytes");
            Err(CheckError::different(wanted, long.to_string()))
        }
        Err(_) => Ok(None),
    }
}

/// Waits until the server closes a connection: what came before.
pub(super) async fn closed(
    stream: &mut (impl AsyncRead + Unpin),
    timeout: Duration,
) -> CheckResult<Vec<u8>> {
    let mut all = Vec::new();
    let ended = async {
        // A reset is an end as well.
        stream.take(MAX_LAST_BYTES).read_to_end(&mut all).await.ok();
        Ok(all)
    };
    within(timeout, THE_END, ended).await
}

#[cfg(test)]
mod tests {
    use conformance_wire::frames::GOAWAY;
    use tokio::net::TcpListener;
    use tokio::task::JoinHandle;

    use super::*;

    /// Longer than any answer takes on a machine that is busy.
    const HANG: Duration = Duration::from_mins(1);

    /// A server that asks to go, and ends its connection when its PING is answered: what
    /// the answer had.
    async fn server() -> (Endpoint, JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a client connects");
            let frames = [
                Frame::new(SETTINGS, 0, 0, []),
                Frame::new(GOAWAY, 0, 0, [0; 8]),
                Frame::new(PING, 0, 0, *b"are-here"),
            ];
            let frames: Vec<_> = frames.iter().flat_map(Frame::bytes).collect();
            send_all(&mut stream, &frames).await;
            stream.read_exact(&mut [0; PREFACE.len()]).await.expect("the preface comes");
            loop {
                let frame = Frame::read(&mut stream).await.expect("a frame comes");
                if frame.kind == PING && frame.is_ack() {
                    return frame.payload;
                }
            }
        });
        (Endpoint::parse(&format!("http://{address}"), None).expect("a URI"), served)
    }

    #[tokio::test]
    async fn a_ping_before_the_end_of_a_connection_is_answered() {
        let (endpoint, served) = server().await;
        let mut connection = ByHand::open(&endpoint, HANG).await.expect("it opens");
        connection.find("GOAWAY", |frame| frame.kind == GOAWAY).await.expect("it comes");
        connection.closed().await.expect("the end comes");
        assert_eq!(served.await.expect("it served"), b"are-here");
    }

    #[tokio::test]
    async fn a_ping_that_is_passed_over_is_answered() {
        let (endpoint, served) = server().await;
        let mut connection = ByHand::open(&endpoint, HANG).await.expect("it opens");
        connection.find("no frame", |_| false).await.expect_err("the connection ends");
        // The server would wait for its answer without end.
        drop(connection);
        assert_eq!(served.await.expect("it served"), b"are-here");
    }
}
