//! The layers around every service, outermost first.

use std::convert::Infallible;
use std::sync::Arc;

use http::Request;
use tokio_util::sync::CancellationToken;
use tower::{Service, ServiceBuilder};

use crate::access::Access;
use crate::audit::Audit;
use crate::layers::answer_body::Answer;
use crate::layers::around::AroundLayer;
use crate::layers::audit::{AuditGate, Recorded};
use crate::layers::authentication::Authentication;
use crate::layers::deadline::DeadlineLayer;
use crate::layers::panic::PanicLayer;
use crate::layers::protocol::Protocol;
use crate::layers::request_id::RequestIds;
use crate::layers::scope::Scope;
use crate::layers::shared_limits::limits;
use crate::layers::unread::ReadInTime;
use crate::messages::RequestData;
use crate::metrics::ThreadCounters;

/// What a call passes on its way to its service in `services`, and its answer on
/// the way back. Calls are recorded by the audit and the counters that there are, and
/// end when `cut_off` is cancelled.
pub(crate) fn stack<S, B>(
    services: S,
    access: &Arc<Access>,
    (audit, counters): (Option<Audit>, Option<Arc<ThreadCounters>>),
    cut_off: CancellationToken,
) -> impl Service<Request<B>, Response = Answer, Error = Infallible, Future: Send + 'static>
+ Clone
+ Send
+ use<S, B>
+ 'static
where
    S: Service<Request<B>, Response = Answer, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send + 'static,
    B: RequestData,
{
    ServiceBuilder::new()
        // Outermost: whatever answers, a layer or a service, the answer has an id.
        .layer(AroundLayer(RequestIds))
        // Around all that may refuse a call, so that none is missing where calls are
        // recorded and counted.
        .layer(AroundLayer(Recorded::new(audit.clone(), counters)))
        // Around all that may answer without a permit.
        .layer(AroundLayer(ReadInTime))
        // Around all that can have a fault.
        .layer(PanicLayer)
        // What is no gRPC has no deadline that it could be told of.
        .layer(AroundLayer(Protocol))
        // From here on everything takes time.
        .layer(DeadlineLayer::new(cut_off))
        // Before anything is done for a call that could not be recorded.
        .layer(AroundLayer(AuditGate(audit)))
        // Before anything that could be charged to the wrong caller.
        .layer(AroundLayer(Authentication(Arc::clone(access))))
        // Who may not call is not charged for having tried.
        .layer(AroundLayer(Scope))
        // Next to the work that they limit.
        .layer(limits(access))
        .service(services)
}

#[cfg(test)]
mod tests {
    use std::future::{Ready, poll_fn};
    use std::task::{Context, Poll};

    use bytes::Bytes;
    use futures_util::FutureExt as _;
    use http_body_util::Full;

    use super::*;
    use crate::config::Config;

    /// Services that are not ready yet, or are.
    #[derive(Clone)]
    struct Services {
        are_ready: bool,
    }

    impl Service<Request<Full<Bytes>>> for Services {
        type Response = Answer;
        type Error = Infallible;
        type Future = Ready<Result<Answer, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            if self.are_ready { Poll::Ready(Ok(())) } else { Poll::Pending }
        }

        fn call(&mut self, _: Request<Full<Bytes>>) -> Self::Future {
            panic!("nobody calls")
        }
    }

    #[tokio::test]
    async fn all_layers_are_ready_when_the_services_are() {
        let access = Arc::new(Access::new(&Config::default()).expect("it has no keys"));
        for are_ready in [false, true] {
            let services = Services { are_ready };
            let mut stack = stack(services, &access, (None, None), CancellationToken::new());
            let ready = poll_fn(|cx| stack.poll_ready(cx)).now_or_never();
            assert_eq!(ready.is_some(), are_ready);
        }
    }
}
