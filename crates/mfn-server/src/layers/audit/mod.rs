//! Sees every call from its head to its end, and leaves a record of it.

pub(super) mod entry;
mod gate;
mod message_counter;

use http::{Request, StatusCode};
use http_body::Body as _;

use super::answer_body::Answer;
use super::around::{After, Around, Refusal};
use crate::access::HEALTH;
use crate::audit::{Audit, Observed, Outcome};
use entry::Entry;
pub(crate) use gate::AuditGate;

/// Records calls, if there is an audit.
#[derive(Clone, Debug)]
pub(crate) struct Audited(pub(crate) Option<Audit>);

impl Around for Audited {
    // It goes from layer to layer, so it is not moved as a whole.
    type Kept = Option<Box<Entry>>;

    fn before<B>(&self, call: &mut Request<B>) -> Result<Self::Kept, Refusal> {
        let Self(audit) = self;
        // Health is asked for often, and of no interest later.
        let Some(audit) = audit.as_ref().filter(|_| !call.uri().path().starts_with(HEALTH)) else {
            return Ok(None);
        };
        let observed = Observed::default();
        let entry = Entry::begin(audit.clone(), call, observed.clone());
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
