//! The service that answers all protocols by one that speaks gRPC.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method as HttpMethod, Request, Response, StatusCode, Version};
use http_body::Body;
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::answer::{Reply, WebBody};
use crate::config::Config;
use crate::cors::Sharing;
use crate::methods::Method;
use crate::protocol::Form;
use crate::request::{self, GrpcBody};
use crate::route::{Route, Routes};

/// Puts [`Web`] around a service.
#[derive(Clone, Debug)]
pub struct WebLayer(Option<Arc<Routes>>);

impl WebLayer {
    /// One that answers the web as `config` says.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self(Some(Arc::new(Routes::new(config))))
    }

    /// One that has everything pass as it is.
    #[must_use]
    pub fn off() -> Self {
        Self(None)
    }
}

impl<S> Layer<S> for WebLayer {
    type Service = Web<S>;

    fn layer(&self, inner: S) -> Web<S> {
        Web { inner, routes: self.0.clone() }
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Web<S> {
    inner: S,
    /// None if everything passes as it is.
    routes: Option<Arc<Routes>>,
}

type Translated<R> = Pin<Box<dyn Future<Output = Response<WebBody<R>>> + Send>>;

impl<S, B, R> Service<Request<B>> for Web<S>
where
    S: Service<Request<GrpcBody<B>>, Response = Response<R>, Error = Infallible>,
    S::Future: Send + 'static,
    R: Body<Data = Bytes> + Send + Unpin + 'static,
{
    type Response = Response<WebBody<R>>;
    type Error = Infallible;
    type Future = WebFuture<S::Future, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let answer = match &self.routes {
            Some(routes) if !is_grpc(&request) => {
                let routes = Arc::clone(routes);
                Coming::Translated { answer: self.call_web(&routes, request) }
            }
            _ => Coming::AsItIs { answer: self.inner.call(request.map(GrpcBody::as_it_is)) },
        };
        WebFuture { answer }
    }
}

/// Whether it is what the service behind speaks.
fn is_grpc<B>(request: &Request<B>) -> bool {
    request.version() >= Version::HTTP_2
        && request.method() == HttpMethod::POST
        && Form::of(request.headers()) == Some(Form::Grpc)
}

impl<S> Web<S> {
    fn call_web<B, R>(&mut self, routes: &Routes, request: Request<B>) -> Translated<R>
    where
        S: Service<Request<GrpcBody<B>>, Response = Response<R>, Error = Infallible>,
        S::Future: Send + 'static,
        R: Body<Data = Bytes> + Send + Unpin + 'static,
    {
        let sharing = Sharing::with(request.headers(), &routes.origins);
        let (head, body) = request.into_parts();
        let is_head = head.method == HttpMethod::HEAD;
        let route = routes.find(&head);
        let request = Request::from_parts(head, body);
        match route {
            Route::Answer(answer) => {
                let answer = if is_head { head_of(answer) } else { complete(answer) };
                Box::pin(async move { answer })
            }
            Route::Refuse(mut refusal) => {
                sharing.add_to(refusal.headers_mut());
                let refusal = if is_head { head_of(refusal) } else { complete(refusal) };
                self.refuse(request, refusal)
            }
            Route::Call(form, method) => {
                let request = request::to_grpc(request, form, method, routes.limit);
                self.call_grpc(request, reply(form, method, routes), sharing)
            }
            Route::Get(codec, method) => {
                let request = request::from_query(request, codec, method, routes.limit);
                let reply = reply(Form::ConnectUnary { codec }, Some(method), routes);
                let answer = self.call_grpc(request, reply, sharing);
                Box::pin(async move {
                    let mut answer = answer.await;
                    let headers = answer.headers_mut();
                    // Each call counts, and has its line where calls are recorded.
                    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
                    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
                    answer
                })
            }
        }
    }

    /// What the service behind answers to `request`, as `reply` has it.
    fn call_grpc<B, R>(
        &mut self,
        mut request: Request<GrpcBody<B>>,
        reply: Reply,
        sharing: Sharing,
    ) -> Translated<R>
    where
        S: Service<Request<GrpcBody<B>>, Response = Response<R>, Error = Infallible>,
        S::Future: Send + 'static,
        R: Body<Data = Bytes> + Send + Unpin + 'static,
    {
        request.extensions_mut().insert(reply.form.protocol());
        let answer = self.inner.call(request);
        Box::pin(async move {
            let Ok(answer) = answer.await;
            let mut answer = reply.translate(answer).await;
            sharing.add_to(answer.headers_mut());
            answer
        })
    }

    /// `refusal`, after the service behind has seen the `request`: it takes it for no call
    /// either, and may record that.
    fn refuse<B, R>(
        &mut self,
        mut request: Request<B>,
        mut refusal: Response<WebBody<R>>,
    ) -> Translated<R>
    where
        S: Service<Request<GrpcBody<B>>, Response = Response<R>, Error = Infallible>,
        S::Future: Send + 'static,
        R: Body<Data = Bytes> + Send + Unpin + 'static,
    {
        request.headers_mut().remove(CONTENT_TYPE);
        let refused = self.inner.call(request.map(GrpcBody::as_it_is));
        Box::pin(async move {
            let Ok(answer) = refused.await;
            let has_other_reason = answer.status() == StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            if has_other_reason {
                return answer.map(WebBody::as_it_is);
            }
            // What it says of the request, such as an id, is said here too.
            let mut headers = answer.into_parts().0.headers;
            for name in [ALLOW, CONTENT_LENGTH] {
                headers.remove(name);
            }
            headers.extend(refusal.headers().clone());
            *refusal.headers_mut() = headers;
            refusal
        })
    }
}

fn reply(form: Form, method: Option<&Method>, routes: &Routes) -> Reply {
    Reply {
        form,
        message: method.map(|method| method.answer.clone()),
        descriptors: routes.descriptors.clone(),
    }
}

fn complete<R>(answer: Response<Bytes>) -> Response<WebBody<R>> {
    answer.map(WebBody::made_here)
}

/// An answer whose body is not sent, though its length is told.
fn head_of<R>(mut answer: Response<Bytes>) -> Response<WebBody<R>> {
    let bytes = answer.body().len();
    answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(bytes));
    answer.map(|_| WebBody::made_here(Bytes::new()))
}

pin_project! {
    /// The answer to come.
    pub struct WebFuture<F, R> {
        #[pin]
        answer: Coming<F, R>,
    }
}

pin_project! {
    #[project = Projected]
    enum Coming<F, R> {
        /// That of the service behind.
        AsItIs {
            #[pin]
            answer: F,
        },
        /// What is made of it.
        Translated {
            answer: Translated<R>,
        },
    }
}

impl<F, R> Future for WebFuture<F, R>
where
    F: Future<Output = Result<Response<R>, Infallible>>,
{
    type Output = Result<Response<WebBody<R>>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().answer.project() {
            Projected::AsItIs { answer } => {
                answer.poll(cx).map(|answer| answer.map(|answer| answer.map(WebBody::as_it_is)))
            }
            Projected::Translated { answer } => answer.as_mut().poll(cx).map(Ok),
        }
    }
}
