//! Refuses what is HTTP/2 and not gRPC, in the words of HTTP. tonic would try
//! to make a call of it.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use futures_util::future::Either;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use tonic::body::Body;
use tower::{Layer, Service};

/// What the content type of a gRPC call begins with.
const GRPC: &[u8] = b"application/grpc";

/// Lets gRPC pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProtocolLayer;

impl<S> Layer<S> for ProtocolLayer {
    type Service = GrpcOnly<S>;

    fn layer(&self, inner: S) -> Self::Service {
        GrpcOnly { inner }
    }
}

/// See [`ProtocolLayer`].
#[derive(Clone, Debug)]
pub(crate) struct GrpcOnly<S> {
    inner: S,
}

impl<S, A> Service<Request<A>> for GrpcOnly<S>
where
    S: Service<Request<A>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<S::Future, Ready<Result<Response<Body>, Infallible>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        match refusal(request.method(), request.headers()) {
            None => Either::Left(self.inner.call(request)),
            Some(response) => Either::Right(ready(Ok(response))),
        }
    }
}

fn refusal(method: &Method, headers: &HeaderMap) -> Option<Response<Body>> {
    let mut response = Response::new(Body::empty());
    if method != Method::POST {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    } else if !headers.get(CONTENT_TYPE).is_some_and(is_grpc) {
        *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    } else {
        return None;
    }
    Some(response)
}

/// `application/grpc`, alone or with a message format or parameters after it.
fn is_grpc(content_type: &HeaderValue) -> bool {
    let Some((media_type, rest)) = content_type.as_bytes().split_at_checked(GRPC.len()) else {
        return false;
    };
    // Letters of either case: it is a media type (RFC 9110).
    media_type.eq_ignore_ascii_case(GRPC) && matches!(rest.first(), None | Some(b'+' | b';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(method: &Method, content_type: Option<&'static str>) -> Option<StatusCode> {
        let mut headers = HeaderMap::new();
        headers.extend(content_type.map(|value| (CONTENT_TYPE, HeaderValue::from_static(value))));
        refusal(method, &headers).map(|response| response.status())
    }

    // shows MFN-TRANS-002
    #[test]
    fn only_posts_of_grpc_pass() {
        for grpc in [
            "application/grpc",
            "application/grpc+proto",
            "application/grpc;a=b",
            "Application/gRPC",
        ] {
            assert_eq!(status(&Method::POST, Some(grpc)), None, "{grpc}");
            assert_eq!(status(&Method::GET, Some(grpc)), Some(StatusCode::METHOD_NOT_ALLOWED));
        }
        for other in [None, Some("text/plain"), Some("application/grpc-web"), Some("")] {
            let refused = status(&Method::POST, other);
            assert_eq!(refused, Some(StatusCode::UNSUPPORTED_MEDIA_TYPE), "{other:?}");
        }
    }
}
