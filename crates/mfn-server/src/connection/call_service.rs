//! The calls of a connection, on their way to the layers.

use std::cell::RefCell;
use std::convert::Infallible;
use std::sync::Arc;

use futures_util::FutureExt as _;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use tower::Service;

use super::AnswerData;
use super::call_body::CallBody;
use super::request_body::RequestBody;
use super::streams::Streams;
use super::unstarted::UnstartedOfAThread;
use super::unwanted::UnwantedBodies;
use crate::counted::Counted;
use crate::metrics::ThreadCounters;
use crate::origin::Origin;

/// What each call of a connection takes with it when it begins.
pub(super) struct BegunCalls {
    pub(super) origin: Origin,
    pub(super) unwanted: Arc<UnwantedBodies>,
    pub(super) counters: Option<Arc<ThreadCounters>>,
    pub(super) streams: Streams,
    pub(super) unstarted: UnstartedOfAThread,
    pub(super) is_http1: bool,
}

impl BegunCalls {
    /// Has `service` answer them, for the transport.
    pub(super) fn answered_by<S, R>(
        self,
        service: S,
    ) -> impl hyper::service::Service<
        Request<Incoming>,
        Response = Response<CallBody<R>>,
        Error = Infallible,
        Future: Send,
    >
    where
        S: Service<Request<RequestBody>, Response = Response<R>, Error = Infallible>,
        S::Future: Send + 'static,
        R: AnswerData,
    {
        // Calls begin one after the other. To clone the stack for each would count the
        // holders of all that its layers share.
        let service = RefCell::new(service);
        service_fn(move |request: Request<Incoming>| {
            let body =
                |incoming| RequestBody::new(incoming, self.is_http1, Arc::clone(&self.unwanted));
            let mut request = request.map(body);
            self.origin.accompany(&mut request);
            let open_call = self.origin.candidate().begin_call();
            let counted = self.counters.as_ref().map(|counters| Counted::among(counters.open()).0);
            let stream = self.streams.begin();
            let answer = self.unstarted.until_polled(service.borrow_mut().call(request));
            answer.map(|answer| {
                let open = (open_call, counted);
                answer.map(|answer| answer.map(|body| CallBody::new(body, open, stream)))
            })
        })
    }
}
