//! Refuses calls that could not be recorded.

use http::Request;

use crate::audit::{Audit, Observed};
use crate::error::Error;
use crate::layers::around::{Gate, Refusal};

/// Lets calls pass that are sure to have their line in the audit, and those that
/// have none.
#[derive(Clone, Debug)]
pub(crate) struct AuditGate(pub(crate) Option<Audit>);

impl Gate for AuditGate {
    fn check<B>(&self, call: &mut Request<B>) -> Result<(), Refusal> {
        let Self(audit) = self;
        let is_recorded = call.extensions().get().is_some_and(Observed::has_line);
        match audit {
            Some(audit) if is_recorded && !audit.admits() => Err(Error::AuditStalled.into()),
            _ => Ok(()),
        }
    }
}
