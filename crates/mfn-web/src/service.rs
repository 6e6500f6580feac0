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

use crate::answer::{Translator, WebBody};
use crate::config::Config;
use crate::cors::CorsHeaders;
use crate::methods::Method;
use crate::protocol::{Form, Protocol};
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

/// A translated answer to come.
pub type TranslatedAnswer<R> = Pin<Box<dyn Future<Output = Response<WebBody<R>>> + Send>>;

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
        let answer = if self.passes(&request) {
            PendingAnswer::AsItIs { answer: self.pass(request) }
        } else {
            PendingAnswer::Translated { answer: self.translate(request) }
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

/// What [`Service::call`] does, for those who do more with translated answers than with
/// others.
impl<S> Web<S> {
    /// Whether the service behind takes this request as it is.
    pub fn passes<B>(&self, request: &Request<B>) -> bool {
        self.routes.is_none() || is_grpc(request)
    }

    /// What the service behind answers to a `request` that passes.
    pub fn pass<B>(&mut self, request: Request<B>) -> S::Future
    where
        S: Service<Request<GrpcBody<B>>>,
    {
        self.inner.call(request.map(GrpcBody::as_it_is))
    }

    /// What is answered to any other `request`.
    pub fn translate<B, R>(&mut self, request: Request<B>) -> TranslatedAnswer<R>
    where
        S: Service<Request<GrpcBody<B>>, Response = Response<R>, Error = Infallible>,
        S::Future: Send + 'static,
        R: Body<Data = Bytes> + Send + Unpin + 'static,
    {
        let Some(routes) = self.routes.clone() else {
            let answer = self.pass(request);
            return Box::pin(async move {
                let Ok(answer) = answer.await;
                answer.map(WebBody::as_it_is)
            });
        };
        let cors = routes.cors.of_answer(request.headers());
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
                let protocol = routes.protocol_of(&request);
                cors.add_to(refusal.headers_mut());
                let refusal = if is_head { head_of(refusal) } else { complete(refusal) };
                self.refuse(request, protocol, refusal)
            }
            Route::Call(form, method) => {
                let request = request::to_grpc(request, form, method, routes.limits);
                self.call_grpc(request, translator(form, method, &routes), cors)
            }
            Route::Get(query, codec, method) => {
                let request = request::from_query(request, query, codec, method, routes.limits);
                let form = Form::ConnectUnary { codec };
                let answer = self.call_grpc(request, translator(form, Some(method), &routes), cors);
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

    /// What the service behind answers to `request`, translated.
    fn call_grpc<B, R>(
        &mut self,
        mut request: Request<GrpcBody<B>>,
        translator: Translator,
        cors: CorsHeaders,
    ) -> TranslatedAnswer<R>
    where
        S: Service<Request<GrpcBody<B>>, Response = Response<R>, Error = Infallible>,
        S::Future: Send + 'static,
        R: Body<Data = Bytes> + Send + Unpin + 'static,
    {
        request.extensions_mut().insert(translator.form.protocol());
        let answer = self.inner.call(request);
        Box::pin(async move {
            let Ok(answer) = answer.await;
            let mut answer = translator.translate(answer).await;
            cors.add_to(answer.headers_mut());
            answer
        })
    }

    /// `refusal`, after the service behind has seen the `request`, which was meant in this
    /// `protocol`: the service takes it for no call either, and may record that.
    fn refuse<B, R>(
        &mut self,
        mut request: Request<B>,
        protocol: Protocol,
        mut refusal: Response<WebBody<R>>,
    ) -> TranslatedAnswer<R>
    where
        S: Service<Request<GrpcBody<B>>, Response = Response<R>, Error = Infallible>,
        S::Future: Send + 'static,
        R: Body<Data = Bytes> + Send + Unpin + 'static,
    {
        request.headers_mut().remove(CONTENT_TYPE);
        request.extensions_mut().insert(protocol);
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

fn translator(form: Form, method: Option<&Method>, routes: &Routes) -> Translator {
    Translator {
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
        answer: PendingAnswer<F, R>,
    }
}

pin_project! {
    #[project = Projected]
    enum PendingAnswer<F, R> {
        /// That of the service behind.
        AsItIs {
            #[pin]
            answer: F,
        },
        /// What is made of it.
        Translated {
            answer: TranslatedAnswer<R>,
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
