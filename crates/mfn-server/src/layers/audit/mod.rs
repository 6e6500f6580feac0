//! Sees every call from its head to its end, leaves a record of it, and counts it.

pub(super) mod entry;
mod gate;
mod message_counter;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use http::{Request, StatusCode};
use http_body::Body as _;

use super::answer_body::Answer;
use super::around::{After, Around, Refusal};
use crate::access::HEALTH;
use crate::audit::{Audit, Observed, Outcome};
use crate::metrics::{CountedCall, ThreadCounters};
use entry::Entry;
pub(crate) use gate::AuditGate;

/// Records calls if there is an audit, and counts them if there are metrics. Both learn
/// of a call's end at the one place that sees each end once.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    audit: Option<Audit>,
    counters: Option<Arc<ThreadCounters>>,
}

impl Recorded {
    pub(crate) fn new(audit: Option<Audit>, counters: Option<Arc<ThreadCounters>>) -> Self {
        Self { audit, counters }
    }
}

impl Around for Recorded {
    // It goes from layer to layer, so it is not moved as a whole.
    type Kept = Option<Box<Entry>>;

    fn before<B>(&self, call: &mut Request<B>) -> Result<Self::Kept, Refusal> {
        let path = call.uri().path();
        let is_health = path.starts_with(HEALTH);
        let audit = self.audit.as_ref().filter(|_| !is_health);
        if audit.is_none() && self.counters.is_none() {
            return Ok(None);
        }
        let counted = self.counters.as_ref().map(|counters| CountedCall::start(counters, path));
        let observed = Observed::new(counted, is_health);
        let entry = Entry::begin(audit.cloned(), call, observed.clone());
        call.extensions_mut().insert(observed);
        Ok(Some(Box::new(entry)))
    }
}

impl After for Option<Box<Entry>> {
    fn after(self, answer: &mut Answer) {
        let Some(mut entry) = self else { return };
        if answer.status() == StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE {
            entry.ended(Outcome::headers_too_large());
        } else if answer.status() != StatusCode::OK {
            entry.ended(Outcome::not_grpc());
        } else if answer.body().is_end_stream() {
            // Such an answer has its status in its head.
            entry.ended(Outcome::of_headers(answer.headers()).unwrap_or_else(Outcome::ok));
        }
        answer.body_mut().is_recorded_by(entry);
    }
}
