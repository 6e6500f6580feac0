//! A connection that sends what an attack says, and what becomes of it.
//!
//! - [`sending`]: pieces of what is sent, as the server has [`send_windows`] for it;
//! - [`reading`]: how answers are read;
//! - [`handshakes`]: what attacks TLS alone;
//! - [`fate`]: what has become of the connection.

mod fate;
mod handshakes;
mod reading;
mod send_windows;
mod sending;

use conformance_wire::Endpoint;
use tokio::io::{AsyncRead, AsyncWrite, split};
use tokio::sync::{mpsc, watch};
use tokio_util::either::Either;

use handshakes::{churn, rekey};
use reading::read;
use send_windows::SendWindows;
use sending::send;

pub(crate) use fate::Fate;
pub(crate) use reading::Reading;
pub(crate) use sending::Piece;

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

/// An attacker that has done its worst: how many bytes it could send, and what has become of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attacked {
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
) -> Attacked {
    let connected = match transport {
        Transport::Bare => endpoint.tcp().await.map(Either::Left),
        Transport::Usual => endpoint.connect().await,
        Transport::Churned(times) => return churn(endpoint, times, signals).await,
        Transport::Rekeyed(times) => return rekey(endpoint, times, signals).await,
    };
    match connected {
        Ok(stream) => attack_on(stream, (pieces, reading), signals).await,
        Err(error) => Attacked { sent: 0, fate: Fate::never_begun(&error) },
    }
}

async fn attack_on(
    stream: impl AsyncRead + AsyncWrite,
    (pieces, reading): (&[Piece], Reading),
    Signals { sending, mut over }: Signals,
) -> Attacked {
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
    Attacked { sent, fate }
}

#[cfg(test)]
mod tests {
    use conformance_wire::frames::{ENHANCE_YOUR_CALM, Frame, GOAWAY};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const CALM: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, ENHANCE_YOUR_CALM as u8];

    /// What becomes of an attacker to which the server sends `frames` before it closes.
    async fn fate(frames: &[Frame], closes: bool, reading: Reading) -> Attacked {
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
        tokio::join!(attack_on(client, (&pieces, reading), signals), served).0
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
