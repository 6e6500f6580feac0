//! Where messages are read from.

use std::convert::Infallible;

use bytes::Bytes;
use http_body::Body;

use super::Unread;

/// The body of a request, of whose errors each is a reason for which there is no message.
pub(crate) trait RequestData:
    Body<Data = Bytes, Error: Into<Unread>> + Send + Unpin + 'static
{
}

impl<B> RequestData for B where B: Body<Data = Bytes, Error: Into<Unread>> + Send + Unpin + 'static {}

/// The stream was reset, or the connection lost.
impl From<hyper::Error> for Unread {
    fn from(_: hyper::Error) -> Self {
        Self::CallerLeft
    }
}

impl From<Infallible> for Unread {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// What was written in another protocol may be no message.
#[cfg(feature = "web")]
impl<E: Into<Unread>> From<mfn_web::RequestError<E>> for Unread {
    fn from(error: mfn_web::RequestError<E>) -> Self {
        match error {
            mfn_web::RequestError::Body(error) => error.into(),
            mfn_web::RequestError::Fault(fault) => Self::Refused(fault.into()),
        }
    }
}
