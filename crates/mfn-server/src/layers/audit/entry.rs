//! One call that is being watched. It is recorded when its end is known, or
//! else when it is dropped.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use http::Request;
use http_body::Frame;
use tonic::Status;

use super::message_counter::MessageCounter;
use crate::audit::{Audit, Method, Observed, Outcome, Record};
use crate::origin::Origin;
use crate::request_id::RequestId;
use crate::trace_context::TraceContext;

/// See the module.
#[derive(Debug)]
pub(crate) struct Entry {
    audit: Audit,
    begun: Instant,
    method: Method,
    request_id: RequestId,
    observed: Observed,
    peer: Option<Arc<str>>,
    trace: Option<TraceContext>,
    bytes_out: u64,
    messages: MessageCounter,
    is_recorded: bool,
}

impl Entry {
    pub(super) fn begin<A>(audit: Audit, request: &Request<A>, observed: Observed) -> Self {
        Self {
            audit,
            begun: Instant::now(),
            method: Method::of_path(request.uri().path()),
            request_id: RequestId::in_layers(request.extensions()),
            observed,
            peer: Origin::of(request.extensions()).map(Origin::peer_text),
            trace: TraceContext::offered_in(request.headers()),
            bytes_out: 0,
            messages: MessageCounter::default(),
            is_recorded: false,
        }
    }

    /// A part of the answer goes out.
    pub(in crate::layers) fn sends(&mut self, data: &Bytes) {
        self.bytes_out += data.len() as u64;
        self.messages.count(data);
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

    /// The call has ended, and is recorded if it has not been before.
    pub(super) fn ended(&mut self, outcome: Outcome) {
        if std::mem::replace(&mut self.is_recorded, true) {
            return;
        }
        self.audit.record(Record {
            ended: SystemTime::now(),
            request_id: self.request_id.as_str().into(),
            method: std::mem::take(&mut self.method),
            duration: self.begun.elapsed(),
            outcome,
            key: self.observed.key().cloned(),
            is_accounted_for: self.observed.is_accounted_for(),
            peer: self.peer.take(),
            trace: self.trace.take(),
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
