//! Where messages are read from.

use std::convert::Infallible;
#[cfg(feature = "web")]
use std::error::Error as _;
#[cfg(feature = "web")]
use std::io::{
    self,
    ErrorKind::{InvalidData, InvalidInput},
};

use bytes::Bytes;
use http_body::Body;

use super::Unread;
#[cfg(feature = "web")]
use crate::error::Error;

/// What to change.
#[cfg(feature = "web")]
const SEND_CHUNKS: &str =
    "send each chunk of the body after its length in hexadecimal digits: one of these is malformed";

/// The body of a request, of whose errors each is a reason for which there is no message.
pub(crate) trait RequestData:
    Body<Data = Bytes, Error: Into<Unread>> + Send + Unpin + 'static
{
}

impl<B> RequestData for B where B: Body<Data = Bytes, Error: Into<Unread>> + Send + Unpin + 'static {}

/// The stream was reset, or the connection lost, unless it is malformed.
impl From<hyper::Error> for Unread {
    #[cfg_attr(not(feature = "web"), expect(unused_variables, reason = "HTTP/2 has no chunks"))]
    fn from(error: hyper::Error) -> Self {
        #[cfg(feature = "web")]
        if has_malformed_chunks(&error) {
            return Self::Refused(Error::MalformedRequest(SEND_CHUNKS.to_owned()));
        }
        Self::CallerLeft
    }
}

/// Whether a body of HTTP/1.1 is not written in chunks as it says. The transport has these
/// errors as ones of reading, of which the system's own are of other kinds.
#[cfg(feature = "web")]
fn has_malformed_chunks(error: &hyper::Error) -> bool {
    let of_reading = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    of_reading.is_some_and(|error| matches!(error.kind(), InvalidData | InvalidInput))
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
