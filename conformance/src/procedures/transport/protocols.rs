//! Connections that begin with no protocol that the port speaks.

use tokio::io::AsyncWriteExt as _;

use conformance_wire::frames::PREFACE;

use crate::check::CheckResult;
use crate::procedures::Context;
use crate::procedures::calls::small;
use crate::procedures::frames::closed;

/// A server that has the web answers it first.
const HTTP_1: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
/// The beginning of a handshake of which nothing more comes.
const TLS_HELLO: &[u8] = &[22, 3, 1, 0, 200, 1];
/// Right for long enough to be taken for the preface.
const NEARLY_HTTP_2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n";
/// A server that waits for its handshake timeout instead does so for longer than
/// this part of the timeout.
const PART_OF_TIMEOUT: u32 = 2;

/// Closed at once, and honest calls go on.
pub(in crate::procedures) async fn on_plaintext(context: &Context<'_>) -> CheckResult {
    are_closed(context, &[HTTP_1, TLS_HELLO, NEARLY_HTTP_2]).await
}

/// The same for a port of TLS.
pub(in crate::procedures) async fn on_tls(context: &Context<'_>) -> CheckResult {
    are_closed(context, &[HTTP_1, PREFACE]).await
}

async fn are_closed(context: &Context<'_>, beginnings: &[&[u8]]) -> CheckResult {
    for beginning in beginnings {
        let mut stream = context.server.endpoint.tcp().await?;
        stream.write_all(beginning).await.ok();
        closed(&mut stream, context.timeout / PART_OF_TIMEOUT).await?;
    }
    context.session().await?.is_answered(&small()).await
}
