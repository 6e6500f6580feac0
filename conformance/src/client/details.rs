//! The details of an error.

use serde_json::Value;

use conformance_wire::messages::{self, RpcStatus};

/// A `google.rpc.Status`, whose details are in JSON, each with its `@type`. An empty one
/// stands for none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Details(pub RpcStatus);

impl Details {
    pub(super) fn decode(status: &[u8]) -> Result<Self, String> {
        messages::decode_status(status).map(Self).map_err(|error| error.to_string())
    }

    /// The one detail of this type, such as `ErrorInfo`; none if there are several.
    #[must_use]
    pub fn one(&self, kind: &str) -> Option<&Value> {
        let mut all = self.0.details.iter().filter(|detail| detail["@type"] == kind);
        all.next().filter(|_| all.next().is_none())
    }

    /// The reason of the one `ErrorInfo`.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.one("ErrorInfo")?["reason"].as_str()
    }

    /// The delay of the one `RetryInfo`, in seconds.
    #[must_use]
    pub fn retry_seconds(&self) -> Option<f64> {
        self.one("RetryInfo")?["retry_delay"].as_str()?.strip_suffix('s')?.parse().ok()
    }
}
