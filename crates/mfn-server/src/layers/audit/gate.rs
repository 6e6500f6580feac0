//! Refuses calls that could not be recorded.

use http::request::Parts;

use crate::audit::{Audit, Observed};
use crate::error::Error;
use crate::layers::gate::Gate;

/// Lets calls pass that are sure to have their line in the audit, and those that
/// have none.
#[derive(Clone, Debug)]
pub(crate) struct AuditGate(pub(crate) Option<Audit>);

impl Gate for AuditGate {
    fn check(&self, call: &mut Parts) -> Result<(), Error> {
        let Self(audit) = self;
        let is_recorded = call.extensions.get::<Observed>().is_some();
        match audit {
            Some(audit) if is_recorded && !audit.admits() => Err(Error::AuditStalled),
            _ => Ok(()),
        }
    }
}
