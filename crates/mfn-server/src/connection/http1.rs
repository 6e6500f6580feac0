//! HTTP/1.1 with every limit set. Browsers speak it where there is no TLS, and so do the
//! plainest of clients.
//!
//! A connection has one call at a time. What comes of the next ones waits in a buffer of
//! limited size, and is not looked at before.

mod calls;
mod read_ahead;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio::time::timeout;
use tower::Service;

use super::abandoned_calls::AbandonedCalls;
use super::call_service::BegunCalls;
use super::departure::{Departure, Step};
use super::lingering_close;
use super::pace::drive;
use super::request_body::RequestBody;
use super::sent_resets::SentResets;
use super::stream_tasks::watched;
use super::streams::Streams;
use super::unwanted::UnwantedBodies;
use super::write_timeout::WriteTimeout;
use super::{AnswerData, Connections};
use crate::config::Config;
use crate::eviction::Candidate;
use crate::log_limit::limited;
use crate::origin::Origin;
use crate::reader::LONGEST_STALL;
use read_ahead::ReadAhead;

/// Longest head of a request that the library takes, and most that it reads ahead. As in
/// HTTP/2, what is somewhat shorter is refused with a line in the audit.
const MAX_HEAD_BYTES: usize = 24 * 1024;
/// Most headers of a request.
const MAX_HEADERS: usize = 128;
/// Calls that are open at once.
const CALLS_AT_ONCE: u32 = 1;

/// How connections of HTTP/1.1 are served.
#[derive(Clone, Debug)]
pub(super) struct Http1 {
    builder: Builder,
    first_head_timeout: Duration,
}

impl Http1 {
    pub(super) fn new(config: &Config) -> Self {
        let mut builder = Builder::new();
        builder
            .timer(TokioTimer::new())
            // Nobody can be asked for a sign of life, so silence is taken for none. It is
            // measured from the end of the call before.
            .header_read_timeout(config.keepalive_time)
            .max_headers(MAX_HEADERS)
            .max_buf_size(MAX_HEAD_BYTES)
            // A client that has closed its direction may wait for its answer. Whether it
            // has left is found out by `read_ahead`.
            .half_close(true)
            // Nobody caches the answer to a call.
            .auto_date_header(false);
        Self { builder, first_head_timeout: config.handshake_timeout }
    }
}

impl<S, R> Connections<S>
where
    S: Service<Request<RequestBody>, Response = Response<R>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send + 'static,
    R: AnswerData,
{
    /// Serves the calls of a client that has been found to speak HTTP/1.1 on `io`.
    pub(super) async fn serve_http1<T>(self, io: T, peer: SocketAddr, candidate: Candidate)
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let Self { http1, stay, phases, audit, free_calls, service, .. } = self;
        let Self { stream_memory, unstarted, unwanted, counters, .. } = self;
        let candidate = Arc::new(candidate);
        let origin = Origin::new(peer, free_calls.of_connection(), Arc::clone(&candidate));
        let abandoned = AbandonedCalls::new(CALLS_AT_ONCE);
        let places = stream_memory.of_connection(Arc::clone(&candidate));
        let streams = Streams::new(CALLS_AT_ONCE, places, abandoned.clone());
        let draining = phases.draining.clone();
        let unwanted =
            UnwantedBodies::new(CALLS_AT_ONCE, draining.clone(), unwanted, streams.clone());
        let resets = (SentResets::default(), abandoned);
        let mut departure = Departure::new(peer, phases, Arc::clone(&candidate), resets, stay);
        let unwanted = Arc::new(unwanted);
        let begun = BegunCalls { origin, unwanted, counters, streams, unstarted, is_http1: true };
        let has_asked = Arc::new(Notify::new());
        let service = calls::of_a_connection(begun.answered_by(service), Arc::clone(&has_asked));
        let io = ReadAhead::new(WriteTimeout::new(io, LONGEST_STALL));
        let connection = http1.builder.serve_connection(TokioIo::new(io.clone()), service);
        let first_head_timeout = http1.first_head_timeout;
        // It has one answer at a time, which ends it if nobody reads it.
        watched(async {
            let ended = {
                let mut connection = pin!(connection);
                let mut client_left = pin!(io.client_left());
                let mut is_late = pin!(first_request_is_late(first_head_timeout, &has_asked));
                loop {
                    let step = tokio::select! {
                        biased;
                        ended = drive(audit.as_ref(), connection.as_mut(), || io.begin()) => {
                            break ended;
                        }
                        () = &mut client_left => Step::Close("its client has left"),
                        () = &mut is_late => Step::Close("its first request takes too long"),
                        step = departure.next() => step,
                    };
                    match step {
                        Step::Ask(reason) => {
                            limited!(DEBUG, "the connection is asked to go", %peer, reason);
                            connection.as_mut().graceful_shutdown();
                        }
                        Step::SendAway | Step::Evict => return,
                        Step::Close(reason) => {
                            limited!(DEBUG, "the connection is closed", %peer, reason);
                            return;
                        }
                    }
                }
            };
            if let Err(error) = &ended {
                limited!(DEBUG, "the connection ended with an error", %peer, %error);
                // Of the errors only what cannot be parsed has an answer.
                if !error.is_parse() {
                    return;
                }
            }
            tokio::select! {
                biased;
                () = lingering_close::closed_by_client(io.clone()) => {}
                _ = departure.next() => {}
                () = draining.cancelled() => {}
            }
        })
        .await;
    }
}

/// Waits until it is too late for the first request of a connection, without end if it
/// `has_asked` in time.
async fn first_request_is_late(first_head_timeout: Duration, has_asked: &Notify) {
    if timeout(first_head_timeout, has_asked.notified()).await.is_ok() {
        pending::<()>().await;
    }
}
