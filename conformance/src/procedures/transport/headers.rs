//! How long a header list may be.

use crate::case::Call;
use crate::check::{CheckError, CheckResult, expect};
use crate::client::prepare;
use crate::procedures::Context;
use crate::procedures::answers::is_ok;
use crate::procedures::calls::small;

const FILLER: &str = "x-filler";
/// What HTTP/2 counts beside name and value (RFC 9113, 6.5.2).
const BESIDE: usize = 32;
/// Request Header Fields Too Large (RFC 6585).
const TOO_LARGE: u16 = 431;

/// A call whose header list has just so many bytes is answered.
pub(in crate::procedures) async fn accepted(context: &Context<'_>) -> CheckResult {
    let call = filled(context)?;
    context.session().await?.is_answered(&call).await
}

/// If one has too many, that call alone is refused.
pub(in crate::procedures) async fn refused(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let call = filled(context)?;
    let answer = session.answer(&call).await?;
    if answer.http.is_success() {
        // The server's own limit is further off.
        is_ok(&answer)?;
    } else {
        let http = answer.http.as_u16();
        expect(http == TOO_LARGE, format!("HTTP status {TOO_LARGE}"), || http.to_string())?;
    }
    session.is_answered(&small()).await
}

fn filled(context: &Context<'_>) -> CheckResult<Call> {
    let mut call = small();
    let head = prepare(&call, context.server)?.outgoing.head;
    let uri = head.uri();
    let pseudo = [
        (":method", head.method().as_str()),
        (":scheme", uri.scheme_str().unwrap_or("http")),
        (":authority", uri.authority().map_or("", |authority| authority.as_str())),
        (":path", uri.path()),
    ];
    let counted = |name: &str, value: usize| name.len() + value + BESIDE;
    let sent: usize = pseudo.iter().map(|(name, value)| counted(name, value.len())).sum::<usize>()
        + head
            .headers()
            .iter()
            .map(|(name, value)| counted(name.as_str(), value.len()))
            .sum::<usize>();
    let bytes = usize::try_from(context.number("bytes")?).unwrap_or(0);
    let room = bytes.checked_sub(sent + counted(FILLER, 0));
    let room = room.ok_or_else(|| CheckError::Error(format!("{bytes} bytes have no room")))?;
    call.metadata.insert(FILLER.to_owned(), vec!["x".repeat(room)]);
    Ok(call)
}
