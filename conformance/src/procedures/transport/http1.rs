//! Connections of HTTP/1.1, byte by byte, of a server that has the web.

use conformance_web::Protocol;
use conformance_wire::endpoint::Stream;
use futures_util::FutureExt as _;
use http::{HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time;

use crate::case::Call;
use crate::check::{CheckError, CheckResult, expect};
use crate::client::prepare;
use crate::procedures::Context;
use crate::procedures::calls::{endless, moderate};
use crate::procedures::frames::closed;
use crate::procedures::transport::cancellation::until_occupied;

/// How ALPN names it.
const HTTP_1_1: &[u8] = b"http/1.1";
/// What an answer begins with, up to its status.
pub(super) const VERSION: &str = "HTTP/1.1 ";
/// What an answer ends with, that of one message in JSON: with its length, or in chunks.
const ENDS: [&str; 2] = ["}", "\r\n0\r\n\r\n"];
/// What the heads of calls in JSON begin with.
pub(super) const HEAD: &str = "POST /mfn.MFNSimulationService/RunSimulation HTTP/1.1\r\n\
    host: localhost\r\ncontent-type: application/json\r\n";
/// The half of a head.
const HALF: &[u8] = b"POST /mfn.MFNSimulationService/RunSimulation HTTP/1.1\r\nhost: loc";

/// Requests that are sent all at once are answered in their order.
pub(in crate::procedures) async fn pipelined(context: &Context<'_>) -> CheckResult {
    let seeds = [7, 8, 9];
    let requests: Vec<_> = seeds.iter().map(|seed| request(*seed, "")).collect();
    let mut stream = sent(context, requests.concat().as_bytes()).await?;
    let answers = answered(context, &mut stream, seeds.len()).await?;
    // Each answer has its id once or more.
    let mut ids: Vec<_> =
        answers.split("seed-").skip(1).filter_map(|id| id.chars().next()).collect();
    ids.dedup();
    expect(ids == ['7', '8', '9'], "the answers of the seeds 7, 8 and 9 in their order", || {
        format!("{answers:?}")
    })
}

/// After an answer the connection takes another request, until one says that it is the last.
pub(in crate::procedures) async fn kept(context: &Context<'_>) -> CheckResult {
    let mut stream = sent(context, request(7, "").as_bytes()).await?;
    answered(context, &mut stream, 1).await?;
    let last = request(8, "connection: close\r\n");
    stream.write_all(last.as_bytes()).await.ok();
    stream.flush().await.ok();
    let answer = closed(&mut stream, context.timeout).await?;
    status_is(&answer, &["200"])
}

/// A head of just so many bytes is accepted, or answered 431 where it may be too long.
pub(in crate::procedures) async fn head(context: &Context<'_>) -> CheckResult {
    let bytes = context.number("bytes")?.unsigned_abs() as usize;
    let filled = |filler: usize| {
        let header = format!("connection: close\r\nx-filler: {}\r\n", "x".repeat(filler));
        request(7, &header)
    };
    let body = request(7, "").split("\r\n\r\n").nth(1).map_or(0, str::len);
    let filler = bytes.saturating_sub(filled(0).len() - body);
    let mut stream = sent(context, filled(filler).as_bytes()).await?;
    let answer = closed(&mut stream, context.timeout).await?;
    let may_be_long = context.number("may_be_refused")? != 0;
    status_is(&answer, if may_be_long { &["200", "431"] } else { &["200"] })
}

/// Who has sent a whole request, and closes its direction of the connection, is answered.
pub(in crate::procedures) async fn half_closed(context: &Context<'_>) -> CheckResult {
    let mut stream = sent(context, request(7, "").as_bytes()).await?;
    stream.shutdown().await.ok();
    let answer = closed(&mut stream, context.timeout).await?;
    status_is(&answer, &["200"])
}

/// A call of hours loses its connection, on which a part of a further request has come.
pub(in crate::procedures) async fn left(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let hours = Call { protocol: Protocol::ConnectJson, ..endless() };
    let hours = prepare(&hours, context.server)?.outgoing;
    let body = hours.frames.concat();
    let headers: String = hours.head.headers().iter().map(header_line).collect();
    // Of the same caller as the others: who is another has turns beside it.
    let head = format!(
        "POST {} HTTP/1.1\r\ncontent-length: {}\r\n{headers}\r\n",
        hours.head.uri().path(),
        body.len()
    );
    let mut stream = sent(context, &[head.as_bytes(), &body, HALF].concat()).await?;
    until_occupied(&session).await?;
    let answer = stream.read_u8().now_or_never();
    expect(answer.is_none(), "a call of hours", || "an answer to it".to_owned())?;
    drop(stream);
    session.is_answered(&moderate()).await
}

/// Who sends the half of a head, or has been answered and is silent, loses its connection.
pub(in crate::procedures) async fn silent(context: &Context<'_>) -> CheckResult {
    let mut stream = sent(context, HALF).await?;
    closed(&mut stream, context.timeout).await?;
    let mut stream = sent(context, request(7, "").as_bytes()).await?;
    let answer = closed(&mut stream, context.timeout).await?;
    status_is(&answer, &["200"])
}

pub(super) fn request(seed: u32, headers: &str) -> String {
    let body = format!(r#"{{"requestId":"seed-{seed}","seed":{seed},"gridSize":4,"steps":1}}"#);
    format!("{HEAD}content-length: {}\r\n{headers}\r\n{body}", body.len())
}

fn header_line((name, value): (&HeaderName, &HeaderValue)) -> String {
    format!("{name}: {}\r\n", text(value.as_bytes()))
}

pub(super) async fn sent(context: &Context<'_>, bytes: &[u8]) -> CheckResult<Stream> {
    let mut stream = context.server.endpoint.connect_by(HTTP_1_1).await?;
    stream.write_all(bytes).await.ok();
    stream.flush().await.ok();
    Ok(stream)
}

/// Waits for so many answers, the last of which ends with a brace: what came.
async fn answered(context: &Context<'_>, stream: &mut Stream, count: usize) -> CheckResult<String> {
    let mut all = Vec::new();
    let read = async {
        while text(&all).matches(VERSION).count() < count
            || !ENDS.iter().any(|end| text(&all).ends_with(end))
        {
            if stream.read_buf(&mut all).await.unwrap_or(0) == 0 {
                break;
            }
        }
    };
    let late = |_| CheckError::not_in_time(format!("{count} answers"), context.timeout);
    time::timeout(context.timeout, read).await.map_err(late)?;
    let (all, ok) = (text(&all), format!("{VERSION}200"));
    let came = all.matches(&ok).count();
    expect(came == count, format!("{count} answers with HTTP status 200"), || format!("{all:?}"))?;
    Ok(all)
}

pub(super) fn status_is(answer: &[u8], allowed: &[&str]) -> CheckResult {
    let answer = text(answer);
    let status = answer.strip_prefix(VERSION).and_then(|rest| rest.get(..3)).unwrap_or("none");
    let wanted = format!("HTTP status {}", allowed.join(" or "));
    expect(allowed.contains(&status), wanted, || format!("HTTP status {status}"))
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
