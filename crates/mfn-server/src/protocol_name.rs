//! What a call was written in, for its line in the audit.

use http::Extensions;

/// The name of the protocol of the call of these extensions.
#[cfg(feature = "web")]
pub(crate) fn protocol_name(extensions: &Extensions) -> &'static str {
    mfn_web::Protocol::of(extensions).name()
}

/// The name of the protocol of all calls.
#[cfg(not(feature = "web"))]
pub(crate) fn protocol_name(_: &Extensions) -> &'static str {
    "grpc"
}
