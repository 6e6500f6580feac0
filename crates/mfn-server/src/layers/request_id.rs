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

#[cfg(test)]
mod tests {
    use std::future::ready;

    use tower::{Layer as _, ServiceExt as _, service_fn};

    use super::*;
    use crate::layers::around::AroundLayer;

    #[tokio::test]
    async fn an_answer_has_the_id_that_those_behind_have_given_its_call() {
        let service = AroundLayer(RequestIds).layer(service_fn(|call: Request<()>| {
            let id = RequestId::in_layers(call.extensions());
            if call.uri().path() == "/named" {
                id.is_named("of the body");
            }
            ready(Ok(Answer::default()))
        }));
        for (path, expected) in [("/", "of the head"), ("/named", "of the body")] {
            let call = Request::post(path).header(X_REQUEST_ID, "of the head");
            let call = call.body(()).expect("a request");
            let answer = service.clone().oneshot(call).await.expect("always an answer");
            assert_eq!(answer.headers()[X_REQUEST_ID], expected);
        }
    }
}
