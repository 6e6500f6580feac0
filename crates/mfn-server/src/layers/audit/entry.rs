//! One call that is being watched. It is recorded and counted when its end is known,
//! or else when it is dropped.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body::Frame;
use tokio::time::Instant;
use tonic::Status;

use super::message_counter::MessageCounter;
use crate::audit::{Audit, Method, Observed, Outcome, Record};
use crate::origin::Origin;
use crate::protocol_name::protocol_name;
use crate::request_id::RequestId;
use crate::trace_context::TraceContext;
use crate::wall_clock;

/// See the module.
#[derive(Debug)]
pub(crate) struct Entry {
    line: Option<Line>,
    begun: Instant,
    observed: Observed,
    bytes_out: u64,
    messages: MessageCounter,
    has_ended: bool,
}

/// What the call's line in the audit says of its head.
#[derive(Debug)]
struct Line {
    audit: Audit,
    method: Method,
    protocol: &'static str,
    request_id: RequestId,
    peer: Option<Arc<str>>,
    trace: Option<TraceContext>,
}

impl Entry {
    /// Of a call that has a line in `audit`, if that is given.
    pub(super) fn begin<A>(audit: Option<Audit>, request: &Request<A>, observed: Observed) -> Self {
        let line = audit.map(|audit| Line {
            audit,
            method: Method::of_path(request.uri().path()),
            protocol: protocol_name(request.extensions()),
            request_id: RequestId::in_layers(request.extensions()),
            peer: Origin::of(request.extensions()).map(Origin::peer_text),
            trace: TraceContext::offered_in(request.headers()),
        });
        Self {
            line,
            begun: Instant::now(),
            observed,
            bytes_out: 0,
            messages: MessageCounter::default(),
            has_ended: false,
        }
    }

    /// A part of the answer goes out.
    pub(in crate::layers) fn sends(&mut self, data: &Bytes) {
        // What is refused as no gRPC has a text, and no messages.
        if self.has_ended {
            return;
        }
        self.bytes_out += data.len() as u64;
        let before = self.messages.begun();
        self.messages.count(data);
        if let Some(counted) = self.observed.counted() {
            counted.sent(self.messages.begun() - before);
        }
    }

    /// What comes after the last part goes out: trailers with the status, or an error.
    pub(in crate::layers) fn sees_last(&mut self, last: &Result<Frame<Bytes>, Status>) {
        self.ended(match last {
            Ok(frame) => {
                let outcome = frame.trailers_ref().and_then(Outcome::of_headers);
                outcome.unwrap_or_else(|| Outcome::of_status(&Status::unknown("no status")))
            }
            Err(status) => Outcome::of_status(status),
        });
    }

    /// The call has ended, and is recorded and counted if it has not been before.
    pub(super) fn ended(&mut self, outcome: Outcome) {
        if std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        // In this order: what comes between the two makes the duration longer, so that
        // `ended - duration` is never after the call's begin.
        let line = self.line.take().map(|line| (line, wall_clock::now()));
        let duration = self.begun.elapsed();
        let key = self.observed.key().filter(|_| self.observed.has_line());
        if let Some(counted) = self.observed.counted() {
            let reason = outcome.reason().map(AsRef::as_ref);
            counted.ended(outcome.code(), reason, key, duration);
        }
        let Some((line, ended)) = line else { return };
        let Line { audit, method, protocol, request_id, peer, trace } = line;
        audit.record(Record {
            ended,
            request_id: request_id.as_str().into(),
            method,
            protocol,
            duration,
            outcome,
            key: key.cloned(),
            is_accounted_for: self.observed.is_accounted_for(),
            peer,
            trace,
            bytes_in: self.observed.bytes_in(),
            bytes_out: self.bytes_out,
            frames: self.messages.begun(),
        });
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let is_unread = self.observed.is_unread();
        self.ended(if is_unread { Outcome::not_read() } else { Outcome::abandoned() });
    }
}
