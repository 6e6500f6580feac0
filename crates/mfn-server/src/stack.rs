//! The layers around every service, outermost first.

use tower::ServiceBuilder;
use tower::layer::util::{Identity, Stack};

use crate::layers::request_id::RequestIdLayer;

/// What a call passes on its way to its service, and its answer on the way
/// back.
pub(crate) fn stack() -> Stack<RequestIdLayer, Identity> {
    ServiceBuilder::new()
        // Outermost: whatever answers, a layer or a service, the answer has an id.
        .layer(RequestIdLayer)
        .into_inner()
}
