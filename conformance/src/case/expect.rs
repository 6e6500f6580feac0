//! What a case expects.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::de::IntoDeserializer as _;
use serde::de::value::{self, StrDeserializer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Call;

/// What must come of a call. What is left out is not looked at.
///
/// A text that begins with `^` is a regular expression; any other is compared.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Expect {
    /// The gRPC code.
    pub code: Code,
    /// Codes that pass as well, where the specification is silent.
    pub also_allowed: Vec<Code>,
    /// Any other code but OK passes too, and so does a stream that is reset, or another
    /// HTTP status, before any message, where the specification says no more than that the
    /// call is refused.
    pub any_refusal: bool,
    /// The reason of the one `ErrorInfo`. With it, domain, `RequestInfo` and the
    /// length of the message are checked as well.
    pub reason: Option<String>,
    /// The HTTP status, where the answer is no gRPC.
    pub http: Option<u16>,
    /// Metadata of the `ErrorInfo`, by name.
    pub error_metadata: BTreeMap<String, String>,
    /// Fields of the one `BadRequest`: just these.
    pub violations: Option<Vec<String>>,
    /// Descriptions of those, by field.
    pub violation_of: BTreeMap<String, String>,
    /// Further details, each there once.
    pub details: Vec<Detail>,
    /// The `request_id` of `RequestInfo`.
    pub request_id: Option<String>,
    /// Metadata of the answer, in its headers or trailers.
    pub metadata: BTreeMap<String, String>,
    /// Metadata that it has not.
    pub no_metadata: Vec<String>,
    /// Fields that every message has, by their names in the proto, in proto3 JSON.
    pub fields: Map<String, Value>,
    /// Fields that no message has.
    pub absent: Vec<String>,
    /// Whole numbers that no message has less of than the one before it.
    pub growing: Vec<String>,
    /// Messages that come.
    pub messages: Option<usize>,
    /// `step` of each, in order; the last one alone is final.
    pub steps: Option<Vec<i64>>,
    /// The messages have the numbers of `fixtures/golden`.
    pub golden: bool,
    /// Numeric fields of that golden answer that are not compared.
    pub unchecked: Vec<String>,
    /// No number of the messages in JSON has more digits than the shortest decimal has
    /// that reads back to the same double.
    pub shortest_numbers: bool,
    /// The last message has, in every field that both have but `request_id`, what
    /// the last message of this call has.
    pub same_as: Option<Call>,
    /// Code, message and details are those of this call, but for `request_id`.
    pub same_error_as: Option<Call>,
}

/// A detail of an error, `google.rpc` being left out.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
pub enum Detail {
    /// When to try again, after more than nothing; with
    /// `grpc-retry-pushback-ms` and `retry-after`.
    RetryInfo,
    /// Which limit was passed.
    QuotaFailure,
}

/// A gRPC code, in capital letters.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the names say it; they are gRPC's own")]
pub enum Code {
    #[default]
    Ok,
    Cancelled,
    Unknown,
    InvalidArgument,
    DeadlineExceeded,
    NotFound,
    AlreadyExists,
    PermissionDenied,
    ResourceExhausted,
    FailedPrecondition,
    Aborted,
    OutOfRange,
    Unimplemented,
    Internal,
    Unavailable,
    DataLoss,
    Unauthenticated,
}

impl Code {
    /// The code with this number in `grpc-status`, if there is one.
    #[must_use]
    pub fn from_number(number: usize) -> Option<Self> {
        let name: StrDeserializer<'_, value::Error> =
            conformance_wire::CODE_NAMES.get(number)?.into_deserializer();
        Self::deserialize(name).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_number_and_the_name_that_grpc_gives_it() {
        for (number, name) in conformance_wire::CODE_NAMES.iter().enumerate() {
            let code = Code::from_number(number).expect("it is a code");
            assert_eq!(code as usize, number, "{name}");
        }
        assert_eq!(Code::from_number(17), None);
    }
}
