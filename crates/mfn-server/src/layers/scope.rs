//! Whether a caller may call the service at all.

use http::Request;
use mfn_access::Service;

use super::around::{Gate, Refusal};
use super::authentication::Identity;
use crate::error::Error;

/// Lets those pass whose key has the service's scope.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope;

impl Gate for Scope {
    fn check<B>(&self, call: &mut Request<B>) -> Result<(), Refusal> {
        let identity = call.extensions().get::<Identity>();
        let service = Service::of_method(call.uri().path());
        let (Some(Identity(caller)), Some(service)) = (identity, service) else { return Ok(()) };
        let allowed = caller.key.services();
        if allowed.contains(service) {
            Ok(())
        } else {
            Err(Error::ScopeDenied { service, allowed }.into())
        }
    }
}
