//! What the calls of a connection have in HTTP/1.1 alone: there is a last one, and phrases
//! stand beside the statuses of their answers.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::FutureExt as _;
use http::header::CONNECTION;
use http::{HeaderValue, Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use hyper::service::{Service, service_fn};
use tokio::sync::Notify;

/// Calls that a connection has in all. HTTP/2 bounds them by the numbers of its streams.
/// After so many the client makes a new connection, and a balancer may lead it elsewhere.
pub(super) const MAX_CALLS: u32 = 1000;
/// The status of a call whose caller left. It is in no registry, so the transport knows no
/// phrase for it; this is that of NGINX, which made the status.
const CALLER_LEFT: u16 = 499;
const CALLER_LEFT_PHRASE: ReasonPhrase = ReasonPhrase::from_static(b"Client Closed Request");

/// Has `calls` answer those of one connection, up to the last that it may have.
/// `has_asked` is notified of each.
pub(super) fn of_a_connection<C, B>(
    calls: C,
    has_asked: Arc<Notify>,
) -> impl Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send>
where
    C: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send>,
    B: Body,
{
    let begun = AtomicU32::new(0);
    service_fn(move |request| {
        has_asked.notify_one();
        let is_last = begun.fetch_add(1, Ordering::Relaxed) + 1 >= MAX_CALLS;
        let answer = calls.call(request);
        answer.map(move |answer| answer.map(|answer| with_head(answer, is_last)))
    })
}

fn with_head<B>(mut answer: Response<B>, is_last: bool) -> Response<B> {
    if answer.status().as_u16() == CALLER_LEFT {
        answer.extensions_mut().insert(CALLER_LEFT_PHRASE);
    }
    if is_last {
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}
