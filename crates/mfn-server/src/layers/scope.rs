//! Whether a caller may call the service at all.

use http::request::Parts;

use super::authentication::Identity;
use super::gate::Gate;
use crate::access::service_of;
use crate::error::Error;

/// Lets those pass whose key has the service's scope.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope;

impl Gate for Scope {
    fn check(&self, call: &mut Parts) -> Result<(), Error> {
        let identity = call.extensions.get::<Identity>();
        let (Some(Identity(key)), Some(service)) = (identity, service_of(call.uri.path())) else {
            return Ok(());
        };
        let allowed = key.services();
        if allowed.contains(service) {
            Ok(())
        } else {
            Err(Error::ScopeDenied { service, allowed })
        }
    }
}
