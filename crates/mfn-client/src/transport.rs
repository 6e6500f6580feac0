//! What the transport's own failures mean. A status that a server sent has no source;
//! one that tonic made of a failure has.

use std::error::Error;
use std::iter::successors;

use h2::Reason;
use tonic::client::Grpc;
use tonic::{Code, Status, TimeoutExpired};

use crate::metadata::SoundChannel;

/// Waits until the connection takes a call.
pub(crate) async fn ready(grpc: &mut Grpc<SoundChannel>) -> Result<(), Status> {
    grpc.ready().await.map_err(|error| Status::from_error(error.into()))
}

/// The code of a status as gRPC's table has it. tonic calls most failures of a connection
/// UNKNOWN or CANCELLED.
pub(crate) fn code_of(status: &Status) -> Code {
    if status.source().is_none() {
        return status.code();
    }
    if causes(status).any(<dyn Error>::is::<TimeoutExpired>) {
        return Code::DeadlineExceeded;
    }
    let http2 = causes(status).find_map(|cause| cause.downcast_ref::<h2::Error>());
    match http2.filter(|error| error.is_reset()).and_then(h2::Error::reason) {
        Some(reason) => code_of_reset(reason),
        None => Code::Unavailable,
    }
}

/// What a failure of the transport has at its bottom, such as `Connection refused`.
pub(crate) fn cause_of(status: &Status) -> Option<String> {
    causes(status).last().map(ToString::to_string)
}

fn causes(status: &Status) -> impl Iterator<Item = &(dyn Error + 'static)> {
    successors(status.source(), |&error| error.source())
}

/// <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#errors>
fn code_of_reset(reason: Reason) -> Code {
    match reason {
        Reason::REFUSED_STREAM => Code::Unavailable,
        Reason::CANCEL => Code::Cancelled,
        Reason::ENHANCE_YOUR_CALM => Code::ResourceExhausted,
        Reason::INADEQUATE_SECURITY => Code::PermissionDenied,
        _ => Code::Internal,
    }
}
