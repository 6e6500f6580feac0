//! Nothing beside gRPC.

use tower::layer::util::Identity;

use super::Described;
use crate::config::Config;
use crate::connection::RequestBody;

/// What the layers see of a request.
pub(crate) type CallData = RequestBody;

/// What is put around the layers: nothing.
pub(crate) type Layers = Identity;

/// The same, whatever is configured.
pub(crate) fn layer(_: &Config, _: Described<'_>) -> Layers {
    Identity::new()
}
