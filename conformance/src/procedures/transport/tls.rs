//! TLS: versions, and the protocol that is agreed upon.

use std::path::PathBuf;
use std::sync::Arc;

use conformance_wire::endpoint::trust_roots;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time;
use tokio_rustls::client::TlsStream;

use crate::check::{CheckError, CheckResult, expect, or_none};
use crate::procedures::Context;
use crate::procedures::calls::small;

/// HTTP/2, as ALPN names it.
pub(super) const H2: &[u8] = b"h2";
/// A record that has a handshake's message, such as a `ServerHello`.
const HANDSHAKE: u8 = 22;
/// The minor versions of TLS 1.0 and 1.1, as the wire has them.
const OLD: [u8; 2] = [1, 2];

/// A client with this version alone is answered.
pub(in crate::procedures) async fn version(context: &Context<'_>) -> CheckResult {
    let version = if context.number("minor")? == 2 { &TLS12 } else { &TLS13 };
    let config = ClientConfig::builder_with_protocol_versions(&[version])
        .with_root_certificates(roots(context)?)
        .with_no_client_auth();
    let stream = handshake(context, config, &[H2]).await?;
    context.session_over(stream).await?.is_answered(&small()).await
}

/// A client that offers h2 among others gets it.
pub(in crate::procedures) async fn alpn(context: &Context<'_>) -> CheckResult {
    for offered in [&[H2][..], &[b"http/1.1", H2]] {
        let stream = handshake(context, plain(context)?, offered).await?;
        let chosen = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
        expect(chosen.as_deref() == Some(H2), "h2 by ALPN", || {
            or_none(chosen.map(|name| String::from_utf8_lossy(&name).into_owned()))
        })?;
    }
    Ok(())
}

/// A client that offers alone what no server speaks is refused in the handshake.
pub(in crate::procedures) async fn other_alpn(context: &Context<'_>) -> CheckResult {
    match handshake(context, plain(context)?, &[b"spdy/3"]).await {
        Err(CheckError::Different { .. }) => Ok(()),
        Err(other) => Err(other),
        Ok(_) => Err(CheckError::different("no handshake for spdy/3 alone", "one that succeeds")),
    }
}

/// A client that speaks no newer version than these is not answered in them.
pub(in crate::procedures) async fn old(context: &Context<'_>) -> CheckResult {
    for minor in OLD {
        let mut stream = context.server.endpoint.tcp().await?;
        stream.write_all(&old_hello(minor)).await.ok();
        let mut first = [0];
        let read = time::timeout(context.timeout, stream.read(&mut first)).await;
        let late = |_| CheckError::not_in_time("an alert, or the end", context.timeout);
        let read = read.map_err(late)?;
        let goes_on = matches!(read, Ok(1)) && first == [HANDSHAKE];
        expect(!goes_on, format!("no handshake of TLS 1.{}", minor - 1), || {
            "one that goes on".to_owned()
        })?;
    }
    Ok(())
}

/// A TLS connection; a server that refuses it is told from one that is not there.
async fn handshake(
    context: &Context<'_>,
    mut config: ClientConfig,
    protocols: &[&[u8]],
) -> CheckResult<TlsStream<TcpStream>> {
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let endpoint = &context.server.endpoint;
    let stream = endpoint.tcp().await?;
    let config = Arc::new(config);
    let handshake = endpoint.handshake(&config, stream);
    let late = |_| CheckError::not_in_time("a TLS handshake", context.timeout);
    let done = time::timeout(context.timeout, handshake).await.map_err(late)?;
    done.map_err(|error| CheckError::different("a TLS handshake", error.to_string()))
}

/// One of the files that the suite made for the server.
pub(super) fn file(context: &Context<'_>, name: &str) -> CheckResult<PathBuf> {
    let folder = context.server.certificates.as_ref();
    let folder =
        folder.ok_or_else(|| CheckError::Skip("it needs the suite's own files".to_owned()))?;
    Ok(folder.join(name))
}

/// The authority that the server's certificate is of.
pub(super) fn roots(context: &Context<'_>) -> CheckResult<RootCertStore> {
    trust_roots(&file(context, "ca.pem")?).map_err(|error| CheckError::Error(error.to_string()))
}

/// Without a certificate of its own.
pub(super) fn plain(context: &Context<'_>) -> CheckResult<ClientConfig> {
    Ok(ClientConfig::builder().with_root_certificates(roots(context)?).with_no_client_auth())
}

/// A `ClientHello` of TLS 1.0 or 1.1, whose ciphers both have (RFC 4346, 7.4.1.2;
/// RFC 8422).
fn old_hello(minor: u8) -> Vec<u8> {
    const RANDOM: [u8; 32] = [7; 32];
    const NO_SESSION: &[u8] = &[0];
    // ECDHE with AES in CBC mode, for ECDSA and RSA, and RSA alone.
    const CIPHERS: &[u8] = &[0, 8, 0xc0, 0x09, 0xc0, 0x0a, 0xc0, 0x13, 0x00, 0x2f];
    const NO_COMPRESSION: &[u8] = &[1, 0];
    // Groups x25519 and secp256r1, points that are not compressed, and h2 by ALPN.
    const EXTENSIONS: &[u8] = &[
        0, 25, 0, 10, 0, 6, 0, 4, 0, 29, 0, 23, 0, 11, 0, 2, 1, 0, 0, 16, 0, 5, 0, 3, 2, b'h', b'2',
    ];
    let body = [&[3, minor][..], &RANDOM, NO_SESSION, CIPHERS, NO_COMPRESSION, EXTENSIONS].concat();
    let length = body.len() as u8;
    [&[HANDSHAKE, 3, 1, 0, length + 4, 1, 0, 0, length][..], &body].concat()
}
