//! Attackers that have the server do the work of TLS: whole handshakes, and new keys.

use std::sync::Arc;

use conformance_wire::Endpoint;
use rustls::client::Resumption;
use tokio::io::AsyncWriteExt as _;
use tokio_util::either::Either;

use super::fate::Fate;
use super::reading::{Reading, read};
use super::send_windows::SendWindows;
use super::{Attacked, Signals};

/// A `KeyUpdate` of five bytes, with what TLS 1.3 puts around it (RFC 8446, 4.6.3 and 5.2).
const KEY_UPDATE_BYTES: u64 = 27;

/// Makes whole handshakes of TLS, none of which goes on from one before.
pub(super) async fn churn(
    endpoint: &Endpoint,
    times: usize,
    Signals { sending, mut over }: Signals,
) -> Attacked {
    let mut endpoint = endpoint.clone();
    if let Some(tls) = &mut endpoint.tls {
        Arc::make_mut(tls).resumption = Resumption::disabled();
    }
    let handshakes = async {
        for _ in 0..times {
            if let Err(error) = endpoint.connect().await {
                return Fate::never_begun(&error);
            }
        }
        Fate::Left
    };
    let fate = tokio::select! {
        fate = handshakes => fate,
        _ = over.wait_for(|over| *over) => Fate::Left,
    };
    drop(sending);
    Attacked { sent: 0, fate }
}

/// Replaces the keys of TLS, and has the server replace its own, until the server ends the
/// connection or the attack is over.
pub(super) async fn rekey(
    endpoint: &Endpoint,
    times: usize,
    Signals { sending, mut over }: Signals,
) -> Attacked {
    let mut stream = match endpoint.connect().await {
        Ok(Either::Right(stream)) => stream,
        // There are no keys to replace.
        Ok(Either::Left(_)) => return Attacked { sent: 0, fate: Fate::Left },
        Err(error) => return Attacked { sent: 0, fate: Fate::never_begun(&error) },
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
    Attacked { sent, fate }
}
