//! Requests of HTTP/1.1 that are malformed, and whose ends or hosts one may read so and
//! another otherwise.

use super::http1::{HEAD, VERSION, request, sent, status_is, text};
use crate::check::{CheckResult, expect};
use crate::procedures::Context;
use crate::procedures::frames::closed;

/// The host of the requests.
const HOST: &str = "host: localhost\r\n";
/// That the body is in chunks.
const CHUNKED: &str = "transfer-encoding: chunked\r\n";

/// A request without a host, with two, or with one that is none, is refused, and the last
/// of its connection.
pub(in crate::procedures) async fn hosts(context: &Context<'_>) -> CheckResult {
    for hosts in ["", "host: localhost\r\nhost: localhost\r\n", "host: local host\r\n"] {
        let request = request(7, "").replace(HOST, hosts);
        let mut stream = sent(context, request.as_bytes()).await?;
        status_is(&closed(&mut stream, context.timeout).await?, &["400"])?;
    }
    Ok(())
}

/// What follows a request with two lengths is not answered.
pub(in crate::procedures) async fn two_lengths(context: &Context<'_>) -> CheckResult {
    let chunks = "2\r\n{}\r\n0\r\n\r\n";
    for length in [2, chunks.len()] {
        let (of_it, next) = (format!("content-length: {length}\r\n"), request(7, ""));
        let requests = format!("{HEAD}{CHUNKED}{of_it}\r\n{chunks}{next}");
        let mut stream = sent(context, requests.as_bytes()).await?;
        let answers = text(&closed(&mut stream, context.timeout).await?);
        let count = answers.matches(VERSION).count();
        expect(count == 1, "one answer", || format!("{count}: {answers:?}"))?;
        status_is(answers.as_bytes(), &["200", "400"])?;
    }
    Ok(())
}

/// A body in chunks that are none is refused.
pub(in crate::procedures) async fn chunks(context: &Context<'_>) -> CheckResult {
    let request = format!("{HEAD}{CHUNKED}\r\nzz\r\n{{}}\r\n0\r\n\r\n");
    let mut stream = sent(context, request.as_bytes()).await?;
    status_is(&closed(&mut stream, context.timeout).await?, &["400"])
}
