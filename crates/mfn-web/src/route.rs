//! What is to be done with a request.

use bytes::Bytes;
use http::header::{ALLOW, CONNECTION, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method as HttpMethod, Request, Response, StatusCode, Version};
use prost_reflect::DescriptorPool;

use crate::config::Config;
use crate::cors::{Cors, is_preflight};
use crate::guard::Guard;
use crate::malformed;
use crate::methods::{Method, Methods};
use crate::page::Page;
use crate::protocol::{Codec, Form, Protocol, accepted_types};
use crate::request::{Limits, Query};

const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");

const NOTHING_HERE: &str = "call a method by POST /package.Service/Method: there is nothing else \
    at this path\n";
const OTHER_METHOD: &str = "call a method by POST, or by GET where the header allow has it\n";
const OTHER_TYPE: &str = "send one of the content types that the header accept-post has\n";
const OTHER_ENCODING: &str = "send the parameter encoding, which is json or proto\n";
const GRPC_NEEDS_HTTP2: &str = "send gRPC by HTTP/2, or one of the content types that the header \
    accept-post has\n";

/// What all requests are looked at with.
#[derive(Debug)]
pub(crate) struct Routes {
    pub(crate) descriptors: DescriptorPool,
    pub(crate) cors: Cors,
    pub(crate) limits: Limits,
    methods: Methods,
    guard: Guard,
    page: Option<Page>,
}

/// See the module.
#[derive(Debug)]
pub(crate) enum Route<'a> {
    /// It is a call in this form, of a method that may be known.
    Call(Form, Option<&'a Method>),
    /// It is a call whose message is in the query.
    Get(Query, Codec, &'a Method),
    /// It is no call, and answered without one.
    Answer(Response<Bytes>),
    /// It is refused with this.
    Refuse(Response<Bytes>),
}

impl Routes {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            methods: Methods::of(&config.descriptors),
            guard: Guard::new(&config),
            cors: Cors::new(&config),
            limits: Limits {
                message_bytes: config.max_message_bytes,
                whole_bytes: config.max_whole_message_bytes,
            },
            descriptors: config.descriptors,
            page: config.page,
        }
    }

    /// That of the request with this `head`, which is not gRPC over HTTP/2.
    pub(crate) fn find(&self, head: &Parts) -> Route<'_> {
        if let Some(advice) = malformed::advice(head) {
            return Route::Refuse(bad_request(head.version, advice));
        }
        if is_preflight(head) {
            return Route::Answer(self.cors.answer_preflight(head));
        }
        let method = self.methods.at(head.uri.path());
        if let Some(reason) = self.guard.refusal(head, method.is_some(), &self.cors.origins) {
            return Route::Refuse(text(StatusCode::FORBIDDEN, reason));
        }
        match (&head.method, method) {
            (&HttpMethod::POST, method) => post(head, method),
            (&HttpMethod::GET, Some(method)) if method.may_be_got() => get(head, method),
            (_, Some(method)) => Route::Refuse(other_method(method)),
            (&HttpMethod::GET | &HttpMethod::HEAD, None) => self.page(head),
            (_, None) => Route::Refuse(text(StatusCode::NOT_FOUND, NOTHING_HERE)),
        }
    }

    /// What a `request` that is refused was written in, as far as its head tells. Only
    /// Connect calls a method by GET.
    pub(crate) fn protocol_of<B>(&self, request: &Request<B>) -> Protocol {
        let form = Form::of(request.headers());
        match (request.method(), form) {
            (&HttpMethod::POST, Some(form)) => form.protocol(),
            (&HttpMethod::GET, _) if self.methods.at(request.uri().path()).is_some() => {
                Protocol::Connect
            }
            _ => Protocol::Http,
        }
    }

    fn page(&self, head: &Parts) -> Route<'_> {
        match self.page.as_ref().and_then(|page| page.answer(head.uri.path(), &head.headers)) {
            Some(answer) => Route::Answer(answer),
            None => Route::Refuse(text(StatusCode::NOT_FOUND, NOTHING_HERE)),
        }
    }
}

fn post<'a>(head: &Parts, method: Option<&'a Method>) -> Route<'a> {
    let is_streaming = method.is_some_and(|method| method.is_streaming);
    match (Form::of(&head.headers), method) {
        (Some(Form::Grpc), _) if head.version < Version::HTTP_2 => {
            Route::Refuse(other_type(is_streaming, GRPC_NEEDS_HTTP2))
        }
        (Some(form), Some(method)) if !form.fits(method.is_streaming) => {
            Route::Refuse(other_type(is_streaming, OTHER_TYPE))
        }
        (Some(form), method) => Route::Call(form, method),
        (None, Some(_)) => Route::Refuse(other_type(is_streaming, OTHER_TYPE)),
        (None, None) => Route::Refuse(text(StatusCode::NOT_FOUND, NOTHING_HERE)),
    }
}

fn get<'a>(head: &Parts, method: &'a Method) -> Route<'a> {
    let query = Query::of(&head.uri);
    match query.codec() {
        Some(codec) => Route::Get(query, codec, method),
        None => Route::Refuse(text(StatusCode::UNSUPPORTED_MEDIA_TYPE, OTHER_ENCODING)),
    }
}

fn other_method(method: &Method) -> Response<Bytes> {
    let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, OTHER_METHOD);
    let allowed = if method.may_be_got() { "GET, POST" } else { "POST" };
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    answer
}

fn other_type(is_streaming: bool, advice: &'static str) -> Response<Bytes> {
    let mut answer = text(StatusCode::UNSUPPORTED_MEDIA_TYPE, advice);
    answer.headers_mut().insert(ACCEPT_POST, accepted_types(is_streaming));
    answer
}

/// The last answer of a connection of HTTP/1: what follows such a head may not be what its
/// sender takes it for.
fn bad_request(version: Version, advice: &'static str) -> Response<Bytes> {
    let mut answer = text(StatusCode::BAD_REQUEST, advice);
    if version < Version::HTTP_2 {
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

fn text(status: StatusCode, text: impl Into<Bytes>) -> Response<Bytes> {
    let mut answer = Response::new(text.into());
    *answer.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, plain);
    answer
}
