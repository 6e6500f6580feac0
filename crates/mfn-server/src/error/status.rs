//! The one place that makes a status of an error: code, sentence, and the
//! details of `google.rpc`.

use std::collections::HashMap;
use std::time::Duration;

use http::Response;
use mfn_access::{MAX_SKEW, Refusal};
use tonic::Status;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic_types::{ErrorDetails, StatusExt};

use super::facts::in_order;
use super::{Error, description, millis_up};
use crate::request_id::RequestId;

/// Who gives the reasons, in `google.rpc.ErrorInfo`.
const DOMAIN: &str = "mfn";

impl Error {
    /// The status that tells the caller of call `id`.
    pub(crate) fn into_status(self, id: &RequestId) -> Status {
        let mut details = ErrorDetails::with_error_info(self.reason(), DOMAIN, self.facts());
        details.set_request_info(id.as_str(), "");
        match &self {
            Self::ParameterOutOfRange(violations) => {
                for violation in violations.as_slice() {
                    details.add_bad_request_violation(violation.field, description(violation));
                }
            }
            Self::QueueFull(full) => {
                let limit = format!("{} calls may wait", full.depth);
                details.add_quota_failure_violation("queue", limit);
            }
            Self::RateExceeded { key, limit, .. } => {
                let limit = format!("{limit} calls a second");
                details.add_quota_failure_violation(key.as_str(), limit);
            }
            Self::ReplayMemoryFull { key, capacity, .. } => {
                let limit = format!("{capacity} signatures at once");
                details.add_quota_failure_violation(key.as_str(), limit);
            }
            Self::TooManyAtOnce { key, limit } => {
                let limit = format!("{limit} calls at once");
                details.add_quota_failure_violation(key.as_str(), limit);
            }
            Self::TooManyFreeCalls { what, limit } => {
                details.add_quota_failure_violation(*what, format!("{limit} {what}"));
            }
            _ => {}
        }
        let retry_after = self.retry_after();
        if retry_after.is_some() {
            details.set_retry_info(retry_after);
        }
        let has_several_facts = details.error_info().is_some_and(|info| info.metadata.len() > 1);
        let mut status = Status::with_error_details(self.code(), self.to_string(), details);
        if has_several_facts {
            status = in_order(status);
        }
        if let Some(after) = retry_after {
            ask_to_retry(status.metadata_mut(), after);
        }
        if self == Self::Compressed {
            let identity = MetadataValue::from_static("identity");
            status.metadata_mut().insert("grpc-accept-encoding", identity);
        }
        status
    }

    /// What a program may want of the reason.
    fn facts(&self) -> HashMap<String, String> {
        let facts = match self {
            Self::Unauthenticated(Refusal::OutsideWindow { timestamp, now, skew }) => vec![
                ("timestamp", timestamp.to_string()),
                ("server_time", now.to_string()),
                ("skew_seconds", skew.to_string()),
                ("max_skew_seconds", MAX_SKEW.as_secs().to_string()),
            ],
            Self::CostTooHigh { cost, limit } => {
                vec![("cost_seconds", cost.to_string()), ("max_cost_seconds", limit.to_string())]
            }
            Self::ScopeDenied { service, allowed } => {
                vec![("service", service.name().to_owned()), ("allowed", allowed.to_string())]
            }
            _ => Vec::new(),
        };
        facts.into_iter().map(|(name, fact)| (name.to_owned(), fact)).collect()
    }

    /// The answer that is nothing but that status.
    pub(crate) fn into_response<B: Default>(self, id: &RequestId) -> Response<B> {
        self.into_status(id).into_http()
    }
}

/// For gRPC clients with a retry policy (gRFC A6), and for proxies and people
/// (RFC 9110).
fn ask_to_retry(metadata: &mut MetadataMap, after: Duration) {
    metadata.insert("grpc-retry-pushback-ms", MetadataValue::from(millis_up(after)));
    let seconds = millis_up(after).div_ceil(1000);
    metadata.insert("retry-after", MetadataValue::from(seconds));
}
