//! How long a header list may be.

use super::super::Surroundings;
use super::super::calling::{is_ok, small};
use crate::case::Call;
use crate::client::prepare;
use crate::trouble::{Checked, Trouble, expect};

const FILLER: &str = "x-filler";
/// What HTTP/2 counts beside name and value (RFC 9113, 6.5.2).
const BESIDE: usize = 32;
/// Request Header Fields Too Large (RFC 6585).
const TOO_LARGE: u16 = 431;

/// A call whose header list has just so many bytes is answered.
pub(super) async fn accepted(with: &Surroundings<'_>) -> Checked {
    let call = filled(with)?;
    with.is_answered(&with.connect().await?, &call).await
}

/// If one has too many, that call alone is refused.
pub(super) async fn refused(with: &Surroundings<'_>) -> Checked {
    let connection = with.connect().await?;
    let call = filled(with)?;
    let answer = with.answer(&connection, &call).await?;
    if answer.http.is_success() {
        // The server's own limit is further off.
        is_ok(&call, &answer)?;
    } else {
        let http = answer.http.as_u16();
        expect(http == TOO_LARGE, format!("HTTP status {TOO_LARGE}"), || http.to_string())?;
    }
    with.is_answered(&connection, &small()).await
}

fn filled(with: &Surroundings<'_>) -> Checked<Call> {
    let mut call = small();
    let head = prepare(&call, with.server)?.outgoing.head;
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
    let bytes = usize::try_from(with.number("bytes")?).unwrap_or(0);
    let room = bytes.checked_sub(sent + counted(FILLER, 0));
    let room = room.ok_or_else(|| Trouble::Error(format!("{bytes} bytes have no room")))?;
    call.metadata.insert(FILLER.to_owned(), vec!["x".repeat(room)]);
    Ok(call)
}
