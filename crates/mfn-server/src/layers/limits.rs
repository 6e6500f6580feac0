//! How often and how many at once: a call takes a permit of its caller, is charged
//! to the caller's rate, and gives the permit back when its answer is complete and
//! its computation has stopped.

use std::sync::Arc;

use http::{Extensions, Request};

use super::answer_body::Answer;
use super::around::{After, Around, Refusal};
use super::authentication::Identity;
use crate::access::{Access, Caller};
use crate::audit::Observed;
use crate::error::Error;
use crate::origin::Origin;
use crate::permit::Permit;

/// Keeps callers within their limits.
#[derive(Clone, Debug)]
pub(crate) struct Limited(pub(crate) Arc<Access>);

impl Around for Limited {
    type Kept = Admitted;

    fn before<B>(&self, call: &mut Request<B>) -> Result<Admitted, Refusal> {
        let permit = self.admit(call.extensions_mut())?;
        Ok(Admitted::new(permit, call))
    }
}

/// A call that is let pass.
#[derive(Debug)]
pub(crate) struct Admitted {
    permit: Permit,
    observed: Option<Observed>,
}

impl Admitted {
    /// A call that has this permit, which those behind find with it.
    pub(super) fn new<B>(permit: Permit, call: &mut Request<B>) -> Self {
        show_connection(&permit, call.extensions());
        let observed = call.extensions().get::<Observed>().cloned();
        if let Some(observed) = observed.as_ref().filter(|_| permit.is_charged()) {
            observed.account_for_it();
        }
        call.extensions_mut().insert(permit.clone());
        Self { permit, observed }
    }
}

impl After for Admitted {
    fn after(self, answer: &mut Answer) {
        if self.permit.is_charged() {
            answer.body_mut().keep(self.permit, self.observed);
        }
    }
}

impl Limited {
    /// The permit first: a call that gets none is not charged. Then the signature,
    /// if it is to serve once: a replay is not charged either.
    fn admit(&self, extensions: &mut Extensions) -> Result<Permit, Error> {
        let Some(Identity(Caller { key, once, is_anonymous })) = extensions.remove() else {
            return Ok(Permit::default());
        };
        let concurrency = key.acquire().map_err(|_| Error::too_many_at_once(&key))?;
        if let Some(call) = &once {
            call.use_up().map_err(|not_once| Error::not_once(not_once, &key))?;
        }
        if let Err(exceeded) = key.admit(self.0.now()) {
            // The caller is asked to send the call again.
            once.as_ref().inspect(|call| call.give_back());
            return Err(Error::rate_exceeded(exceeded, &key));
        }
        let peer = Origin::of(extensions).filter(|_| is_anonymous).map(Origin::peer);
        Ok(Permit::new(key, peer, concurrency, None))
    }
}

/// A call that passes is a reason for its connection to stay.
fn show_connection(permit: &Permit, extensions: &Extensions) {
    match Origin::of(extensions).map(Origin::candidate) {
        Some(connection) if permit.is_charged() => {
            connection.makes_admitted_call(|| permit.tenant());
        }
        Some(connection) => connection.makes_free_call(),
        None => {}
    }
}
