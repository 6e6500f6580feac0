//! The one place that makes a status of an error: code, sentence, and the
//! details of `google.rpc`.

use std::collections::HashMap;
use std::time::Duration;

use http::Response;
use tonic::body::Body;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::{Error, description};
use crate::request_id::RequestId;

/// Who gives the reasons, in `google.rpc.ErrorInfo`.
const DOMAIN: &str = "mfn";

impl Error {
    /// The status that tells the caller of call `id`.
    pub(crate) fn into_status(self, id: &RequestId) -> Status {
        let mut details = ErrorDetails::with_error_info(self.reason(), DOMAIN, HashMap::new());
        details.set_request_info(id.as_str(), "");
        match &self {
            Self::ParameterOutOfRange(violations) => {
                for violation in violations.as_slice() {
                    details.add_bad_request_violation(violation.field, description(violation));
                }
            }
            Self::QueueFull(full) => {
                let limit = format!("{} computations may wait", full.depth);
                details.add_quota_failure_violation("queue", limit);
            }
            _ => {}
        }
        let retry_after = self.retry_after();
        if retry_after.is_some() {
            details.set_retry_info(retry_after);
        }
        let mut status = Status::with_error_details(self.code(), self.message(), details);
        if let Some(after) = retry_after {
            ask_to_retry(status.metadata_mut(), after);
        }
        if self == Self::Compressed {
            let identity = MetadataValue::from_static("identity");
            status.metadata_mut().insert("grpc-accept-encoding", identity);
        }
        status
    }

    /// The answer that is nothing but that status.
    pub(crate) fn into_response(self, id: &RequestId) -> Response<Body> {
        self.into_status(id).into_http()
    }

    /// What tonic refused by itself, told as everything else is; none if it has
    /// told enough.
    pub(crate) fn of_bare_refusal(code: Code) -> Option<Self> {
        match code {
            Code::Unimplemented => Some(Self::MethodUnknown),
            Code::Internal => Some(Self::MalformedMessage),
            _ => None,
        }
    }
}

/// For gRPC clients with a retry policy (gRFC A6), and for proxies and people
/// (RFC 9110).
fn ask_to_retry(metadata: &mut MetadataMap, after: Duration) {
    metadata.insert("grpc-retry-pushback-ms", MetadataValue::from(after.as_millis() as u64));
    let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
    metadata.insert("retry-after", MetadataValue::from(seconds));
}
