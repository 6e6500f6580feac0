//! A service that answers what it was told to, and tells what it was asked.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Full};
use mfn_web::{Config, Fault, GrpcBody, RequestError, WebBody, WebLayer};
use tower::{Layer as _, ServiceExt as _, service_fn};

/// What the service was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) head: Arc<http::request::Parts>,
    /// What it could read of the body.
    pub(crate) body: Result<Bytes, Fault>,
}

/// A part of a body.
pub(crate) enum Part {
    Data(Bytes),
    Trailers(HeaderMap),
    /// Nothing comes as long as somebody holds an earlier part.
    AllTaken,
    Breaks,
}

/// Its parts, one after the other.
#[derive(Default)]
pub(crate) struct Parts {
    parts: VecDeque<Part>,
    taken: Arc<()>,
}

impl Parts {
    pub(crate) fn of(parts: impl IntoIterator<Item = Part>) -> Self {
        Self { parts: parts.into_iter().collect(), taken: Arc::default() }
    }
}

/// Data that are counted as long as they live.
struct Held(Bytes, #[expect(dead_code, reason = "it is counted")] Arc<()>);

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the answer breaks off")]
pub(crate) struct Broken;

impl Body for Parts {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if matches!(self.parts.front(), Some(Part::AllTaken)) {
            if Arc::strong_count(&self.taken) > 1 {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.parts.pop_front();
        }
        let taken = Arc::clone(&self.taken);
        Poll::Ready(self.parts.pop_front().map(|part| match part {
            Part::Data(data) => Ok(Frame::data(Bytes::from_owner(Held(data, taken)))),
            Part::Trailers(trailers) => Ok(Frame::trailers(trailers)),
            Part::AllTaken | Part::Breaks => Err(Broken),
        }))
    }
}

/// A message of `test.Words` in protobuf.
pub(crate) fn words(text: &str, numbers: &[f64]) -> Vec<u8> {
    let mut encoded = Vec::new();
    if !text.is_empty() {
        prost::encoding::string::encode(1, &text.to_owned(), &mut encoded);
    }
    prost::encoding::double::encode_packed(2, numbers, &mut encoded);
    encoded
}

/// A message with its prefix.
pub(crate) fn message(flag: u8, message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).expect("a length").to_be_bytes();
    [&[flag], &length[..], message].concat().into()
}

pub(crate) fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
    let header = |(name, value): &(&'static str, &'static str)| {
        (HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    all.iter().map(header).collect()
}

/// An answer with these headers and parts.
pub(crate) fn answer(
    head: &[(&'static str, &'static str)],
    parts: impl IntoIterator<Item = Part>,
) -> Response<Parts> {
    let mut answer = Response::new(Parts::of(parts));
    *answer.headers_mut() = headers(&[("content-type", "application/grpc")]);
    answer.headers_mut().extend(headers(head));
    answer
}

/// That of one message, after which all is well.
pub(crate) fn one(text: &str) -> Response<Parts> {
    let trailers = headers(&[("grpc-status", "0"), ("of-the-end", "1")]);
    let parts = [Part::Data(message(0, &words(text, &[]))), Part::Trailers(trailers)];
    answer(&[("of-the-head", "1")], parts)
}

pub(crate) fn config() -> Config {
    Config::of(&[mfn_web_protos::SERVICE]).expect("it is whole")
}

/// What `request` is answered by the service that answers `answer`, and what that was
/// asked, if it was.
pub(crate) async fn call(
    config: Config,
    request: Request<impl Into<Bytes>>,
    answer: Response<Parts>,
) -> (Response<WebBody<Parts>>, Option<Asked>) {
    let asked = Arc::new(Mutex::new(None));
    let answer = Arc::new(Mutex::new(Some(answer)));
    let tell = Arc::clone(&asked);
    let service = service_fn(move |request: Request<GrpcBody<Full<Bytes>>>| {
        let (tell, answer) = (Arc::clone(&tell), Arc::clone(&answer));
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map(http_body_util::Collected::to_bytes);
            let body = body.map_err(|error| match error {
                RequestError::Fault(fault) => fault,
                RequestError::Body(never) => match never {},
            });
            *tell.lock().expect("no panic") = Some(Asked { head: Arc::new(head), body });
            let answer = answer.lock().expect("no panic").take().expect("it is asked once");
            Ok::<_, Infallible>(answer)
        }
    });
    let request = request.map(|body| Full::new(body.into()));
    let answer = WebLayer::new(config).layer(service).oneshot(request).await;
    let Ok(answer) = answer;
    let asked = asked.lock().expect("no panic").clone();
    (answer, asked)
}

/// A POST of `body` to a method.
pub(crate) fn post(method: &str, content_type: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    let request = Request::post(format!("http://localhost/test.Echo/{method}"));
    let request = request.version(http::Version::HTTP_2).header("content-type", content_type);
    request.body(body.into()).expect("a request")
}

/// All of a body.
pub(crate) async fn text(answer: Response<WebBody<Parts>>) -> String {
    let body = answer.into_body().collect().await.expect("it does not break off");
    String::from_utf8(body.to_bytes().to_vec()).expect("text")
}
