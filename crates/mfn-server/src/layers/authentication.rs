//! Finds out who calls. A call without valid credentials is not charged to any
//! key.

use std::sync::Arc;

use http::Request;

use super::around::{Gate, Refusal};
use crate::access::{Access, Caller};
use crate::audit::Observed;
use crate::error::Error;

/// Who calls, for those behind. It travels beside the metadata and not in it: a
/// client's trailers are merged into the metadata after this.
#[derive(Clone, Debug)]
pub(crate) struct Identity(pub(crate) Caller);

/// Lets known callers pass, and everyone to what is free.
#[derive(Clone, Debug)]
pub(crate) struct Authentication(pub(crate) Arc<Access>);

impl Gate for Authentication {
    fn check<B>(&self, call: &mut Request<B>) -> Result<(), Refusal> {
        let Self(access) = self;
        let path = call.uri().path();
        let observed = call.extensions().get::<Observed>();
        if access.is_free(path) {
            // Charged to nobody, though there may be one only whose it can be.
            if let (Some(observed), Some(key)) = (observed, access.only_caller()) {
                observed.is_by(key.id());
            }
            return Ok(());
        }
        let caller = access.identify(path, call.headers()).map_err(Error::Unauthenticated)?;
        if let Some(observed) = observed {
            observed.is_by(caller.key.id());
            if !caller.is_anonymous {
                observed.account_for_it();
            }
        }
        call.extensions_mut().insert(Identity(caller));
        Ok(())
    }
}
