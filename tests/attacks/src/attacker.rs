//! A connection that sends what an attack says, and what becomes of it.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use conformance_wire::Endpoint;
use conformance_wire::endpoint::ConnectError;
use conformance_wire::frames::{DATA, ENHANCE_YOUR_CALM, Frame, GOAWAY, NO_ERROR};
use rustls::client::Resumption;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};
use tokio_util::either::Either;

use crate::send_windows::SendWindows;

/// Who cannot send for so long sends nothing more: the server holds it off.
const HELD_OFF_AFTER: Duration = Duration::from_secs(1);
/// What a slow reader takes at once, and how often.
const SIP_BYTES: usize = 64;
const SIP_EVERY: Duration = Duration::from_millis(20);
/// A `KeyUpdate` of five bytes, with what TLS 1.3 puts around it (RFC 8446, 4.6.3 and 5.2).
const KEY_UPDATE_BYTES: u64 = 27;

/// Bytes that are sent so many times.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) bytes: Bytes,
    pub(crate) times: usize,
    /// Bytes of them that are DATA of the first stream, and wait until there is room for them.
    pub(crate) data: usize,
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

/// How an attacker connects.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Transport {
    /// As the server speaks: with TLS where it has that.
    Usual,
    /// By TCP alone, whatever the server speaks.
    Bare,
    /// By so many handshakes of TLS, one after the other, each on a connection of its own.
    Churned(usize),
    /// By TLS, with its keys replaced so many times.
    Rekeyed(usize),
}

/// What has become of a connection.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Fate {
    /// It did not come about: the server has not accepted it.
    Unconnected,
    /// The attacker has left it itself.
    Left,
    /// It was open when the attack ended.
    Open,
    /// The server has closed it, maybe before the handshake was over.
    Closed,
    /// It was sent GOAWAY with this error.
    SentAway(u32),
}

impl Fate {
    /// Whether the server has ended it. One that never was is not ended either.
    pub(crate) fn is_ended(self) -> bool {
        matches!(self, Self::Closed | Self::SentAway(_))
    }
}

/// As a table has it.
impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unconnected => f.write_str("not accepted"),
            Self::Left => f.write_str("left by themselves"),
            Self::Open => f.write_str("left open"),
            Self::Closed => f.write_str("closed"),
            Self::SentAway(NO_ERROR) => f.write_str("asked to go"),
            Self::SentAway(ENHANCE_YOUR_CALM) => f.write_str("told to calm down"),
            Self::SentAway(error) => write!(f, "sent away for error {error}"),
        }
    }
}

/// An attacker that has done its worst: how many bytes it could send, and what has become of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    pub(crate) sent: u64,
    pub(crate) fate: Fate,
}

/// When attackers have sent what they can, and when they may go.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    /// Dropped by each as soon as it sends no more.
    pub(crate) sending: mpsc::Sender<()>,
    /// Whether the attack is over.
    pub(crate) over: watch::Receiver<bool>,
}

/// Sends the pieces and goes on reading until the server ends the connection or the attack is
/// over.
pub(crate) async fn attack(
    endpoint: &Endpoint,
    transport: Transport,
    (pieces, reading): (&[Piece], Reading),
    signals: Signals,
) -> Spent {
    let connected = match transport {
        Transport::Bare => endpoint.tcp().await.map(Either::Left),
        Transport::Usual => endpoint.connect().await,
        Transport::Churned(times) => return churn(endpoint, times, signals).await,
        Transport::Rekeyed(times) => return rekey(endpoint, times, signals).await,
    };
    match connected {
        Ok(stream) => spend(stream, (pieces, reading), signals).await,
        Err(error) => Spent { sent: 0, fate: never_begun(&error) },
    }
}

/// What has become of a connection on which nothing could be sent.
fn never_begun(error: &ConnectError) -> Fate {
    match error {
        ConnectError::Tcp(..) => Fate::Unconnected,
        ConnectError::Tls(..) => Fate::Closed,
    }
}

/// Makes whole handshakes of TLS, none of which goes on from one before.
async fn churn(endpoint: &Endpoint, times: usize, Signals { sending, mut over }: Signals) -> Spent {
    let mut endpoint = endpoint.clone();
    if let Some(tls) = &mut endpoint.tls {
        Arc::make_mut(tls).resumption = Resumption::disabled();
    }
    let handshakes = async {
        for _ in 0..times {
            if let Err(error) = endpoint.connect().await {
                return never_begun(&error);
            }
        }
        Fate::Left
    };
    let fate = tokio::select! {
        fate = handshakes => fate,
        _ = over.wait_for(|over| *over) => Fate::Left,
    };
    drop(sending);
    Spent { sent: 0, fate }
}

/// Replaces the keys of TLS, and has the server replace its own, until the server ends the
/// connection or the attack is over.
async fn rekey(endpoint: &Endpoint, times: usize, Signals { sending, mut over }: Signals) -> Spent {
    let mut stream = match endpoint.connect().await {
        Ok(Either::Right(stream)) => stream,
        // There are no keys to replace.
        Ok(Either::Left(_)) => return Spent { sent: 0, fate: Fate::Left },
        Err(error) => return Spent { sent: 0, fate: never_begun(&error) },
    };
    let mut sent = 0;
    let rekeying = async {
        for _ in 0..times {
            let refreshed = stream.get_mut().1.refresh_traffic_keys();
            if refreshed.is_err() || stream.flush().await.is_err() {
                break;
            }
            sent += KEY_UPDATE_BYTES;
        }
        drop(sending);
        read(stream, Reading::All, &SendWindows::default()).await
    };
    let fate = tokio::select! {
        fate = rekeying => fate,
        _ = over.wait_for(|over| *over) => Fate::Open,
    };
    Spent { sent, fate }
}

async fn spend(
    stream: impl AsyncRead + AsyncWrite,
    (pieces, reading): (&[Piece], Reading),
    Signals { sending, mut over }: Signals,
) -> Spent {
    let (from_server, mut to_server) = split(stream);
    let (mut sent, windows) = (0, SendWindows::default());
    let sending = async {
        // What fails to be sent shows in what comes.
        send(&mut to_server, pieces, &windows, &mut sent).await.ok();
        drop(sending);
        std::future::pending::<Fate>().await
    };
    let fate = tokio::select! {
        fate = read(from_server, reading, &windows) => fate,
        fate = sending => fate,
        _ = over.wait_for(|over| *over) => Fate::Open,
    };
    Spent { sent, fate }
}

async fn send(
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

async fn read(
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

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    const CALM: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, ENHANCE_YOUR_CALM as u8];

    /// What becomes of an attacker to which the server sends `frames` before it closes.
    async fn fate(frames: &[Frame], closes: bool, reading: Reading) -> Spent {
        let (client, mut server) = duplex(1 << 16);
        let (over, is_over) = watch::channel(false);
        let (sending, _) = mpsc::channel(1);
        let signals = Signals { sending, over: is_over };
        let pieces = [Piece::repeated(&b"abc"[..], 2)];
        let served = async {
            server.read_exact(&mut [0; 6]).await.expect("it is sent");
            for frame in frames {
                server.write_all(&frame.bytes()).await.expect("it is open");
            }
            if closes {
                return None;
            }
            over.send_replace(true);
            // It is open until the attacker has seen that it is over.
            Some(server)
        };
        tokio::join!(spend(client, (&pieces, reading), signals), served).0
    }

    #[test]
    fn only_a_connection_that_was_there_is_ended_by_the_server() {
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let tcp = never_begun(&ConnectError::Tcp(String::new(), refused()));
        let tls = never_begun(&ConnectError::Tls(String::new(), refused()));
        let ended = [tcp, tls, Fate::Open, Fate::Closed, Fate::SentAway(NO_ERROR)];
        assert_eq!(ended.map(Fate::is_ended), [false, true, false, true, true]);
    }

    #[tokio::test]
    async fn a_fate_is_what_the_server_has_done() {
        let goaway = Frame::new(GOAWAY, 0, 0, CALM);
        let calm = fate(&[goaway], true, Reading::All).await;
        assert_eq!((calm.sent, calm.fate), (6, Fate::SentAway(ENHANCE_YOUR_CALM)));
        assert_eq!(fate(&[], true, Reading::All).await.fate, Fate::Closed);
        assert_eq!(fate(&[], true, Reading::Slowly).await.fate, Fate::Closed);
        for reading in [Reading::All, Reading::Slowly, Reading::Nothing] {
            assert_eq!(fate(&[], false, reading).await.fate, Fate::Open);
        }
    }
}
