//! The same as `limits` where several servers share them: whoever counts for all is asked,
//! and the call waits for the answer.

use std::convert::Infallible;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Extensions, Request};
use tower::util::Either;
use tower::{Layer, Service};

use super::answer_body::Answer;
use super::around::{After as _, AroundLayer};
use super::authentication::Identity;
use super::limits::{Admitted, Limited};
use crate::access::{Access, Caller};
use crate::error::Error;
use crate::origin::Origin;
use crate::permit::Permit;
use crate::request_id::RequestId;
use crate::shared_limits::SharedLimiter;

/// Keeps callers within limits that are this server's own, or shared if `access` says so.
pub(crate) fn limits(access: &Arc<Access>) -> Either<SharedLimited, AroundLayer<Limited>> {
    match access.shared_limiter() {
        Some(shared_limiter) => {
            let (access, shared_limiter) = (Arc::clone(access), Arc::clone(shared_limiter));
            Either::Left(SharedLimited { access, shared_limiter })
        }
        None => Either::Right(AroundLayer(Limited(Arc::clone(access)))),
    }
}

/// Keeps callers within limits that servers share.
#[derive(Clone, Debug)]
pub(crate) struct SharedLimited {
    access: Arc<Access>,
    shared_limiter: Arc<SharedLimiter>,
}

impl SharedLimited {
    /// As `Limited` does it. Of the calls at once this server's own are counted first: a
    /// key that has too many here has too many.
    async fn admit(&self, extensions: &mut Extensions) -> Result<Permit, Error> {
        let Some(Identity(Caller { key, once, is_anonymous })) = extensions.remove() else {
            return Ok(Permit::default());
        };
        let concurrency = key.acquire().map_err(|_| Error::too_many_at_once(&key))?;
        let shared = self.shared_limiter.admit(&key, once.as_ref(), || self.access.now()).await?;
        let peer = Origin::of(extensions).filter(|_| is_anonymous).map(Origin::peer);
        Ok(Permit::new(key, peer, concurrency, shared))
    }
}

impl<S> Layer<S> for SharedLimited {
    type Service = SharedLimitedService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SharedLimitedService { inner, limited: self.clone() }
    }
}

/// See [`SharedLimited`].
#[derive(Clone, Debug)]
pub(crate) struct SharedLimitedService<S> {
    inner: S,
    limited: SharedLimited,
}

impl<S, B> Service<Request<B>> for SharedLimitedService<S>
where
    S: Service<Request<B>, Response = Answer, Error = Infallible, Future: Send>,
    S: Clone + Send + 'static,
    B: Send + 'static,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut call: Request<B>) -> Self::Future {
        // The one that has said that it is ready.
        let next = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, next);
        let limited = self.limited.clone();
        Box::pin(async move {
            match limited.admit(call.extensions_mut()).await {
                Ok(permit) => {
                    let admitted = Admitted::new(permit, &mut call);
                    let Ok(mut answer) = inner.call(call).await;
                    admitted.after(&mut answer);
                    Ok(answer)
                }
                Err(error) => {
                    let id = RequestId::in_layers(call.extensions());
                    Ok(error.into_response(&id))
                }
            }
        })
    }
}

#[cfg(test)]
mod tests;
