//! Faults that a server must not have, put into it on purpose: a simulation that does not
//! find them would find nothing.

use bytes::Bytes;
use http::Request;

use crate::permit::Permit;

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sabotage {
    /// The server is left as it is.
    #[default]
    None,
    /// A disk that does not keep what it has taken.
    LosesLines,
    /// Permits are never given back.
    LeaksPermits,
    /// Calls have no deadline.
    ForgetsDeadlines,
    /// Whatever is answered is answered twice.
    AnswersTwice,
    /// Keys lose what they were charged when the file is read again.
    ForgetsCharges,
}

impl Sabotage {
    /// Changes a request before the layers see it.
    pub(super) fn request<B>(self, request: &mut Request<B>) {
        if self == Self::ForgetsDeadlines {
            request.headers_mut().remove("grpc-timeout");
        }
    }

    /// Does something to a permit that a service is given.
    pub(super) fn permit(self, permit: &Permit) {
        if self == Self::LeaksPermits {
            std::mem::forget(permit.clone());
        }
    }

    /// What is sent after `data`.
    pub(super) fn second(self, data: &Bytes) -> Option<Bytes> {
        (self == Self::AnswersTwice).then(|| data.clone())
    }
}
