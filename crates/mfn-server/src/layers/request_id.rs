//! Every answer says in its metadata which call it belongs to: errors too, and
//! those where the request was never read.

use http::Request;

use super::answer_body::Answer;
use super::around::{After, Around, Refusal};
use crate::request_id::{RequestId, X_REQUEST_ID};

/// Gives each call a [`RequestId`], and each answer its `x-request-id`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestIds;

impl Around for RequestIds {
    type Kept = Named;

    fn before<B>(&self, call: &mut Request<B>) -> Result<Named, Refusal> {
        let id = RequestId::offered_in(call.headers());
        call.extensions_mut().insert(id.clone());
        Ok(Named(id))
    }
}

/// A call that has an id.
#[derive(Debug)]
pub(crate) struct Named(RequestId);

impl After for Named {
    fn after(self, answer: &mut Answer) {
        answer.headers_mut().insert(X_REQUEST_ID, self.0.to_header());
    }
}
