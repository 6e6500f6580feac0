//! Every reason for which a call fails, and the one place that makes a status
//! of it.

use std::collections::HashMap;

use mfn_core::{Violation, Violations};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::request_id::RequestId;

/// Who gives the reasons, in `google.rpc.ErrorInfo`.
const DOMAIN: &str = "mfn";
/// Most characters of a refused value that are sent back.
const MAX_ECHO_CHARS: usize = 64;

/// Why a call fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    /// The request's values are out of their ranges.
    ParameterOutOfRange(Violations),
    /// The computation broke down: a fault of this program.
    Internal,
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::ParameterOutOfRange(violations)
    }
}

impl Error {
    /// The status that tells the caller of call `id`.
    pub(crate) fn into_status(self, id: &RequestId) -> Status {
        let mut details = ErrorDetails::with_error_info(self.reason(), DOMAIN, HashMap::new());
        details.set_request_info(id.as_str(), "");
        if let Self::ParameterOutOfRange(violations) = &self {
            for violation in violations.as_slice() {
                details.add_bad_request_violation(violation.field, description(violation));
            }
        }
        Status::with_error_details(self.code(), self.message(), details)
    }

    fn code(&self) -> Code {
        match self {
            Self::ParameterOutOfRange(_) => Code::InvalidArgument,
            Self::Internal => Code::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::ParameterOutOfRange(_) => "PARAMETER_OUT_OF_RANGE",
            Self::Internal => "INTERNAL",
        }
    }

    /// One sentence that says what to change.
    fn message(&self) -> String {
        match self {
            Self::ParameterOutOfRange(violations) => {
                let named = |v: &Violation| format!("{} {}", v.field, description(v));
                let all: Vec<_> = violations.as_slice().iter().map(named).collect();
                format!("change what is out of range: {}", all.join("; "))
            }
            Self::Internal => {
                "the computation failed, which is a fault of the server and not of the request"
                    .to_owned()
            }
        }
    }
}

fn description(violation: &Violation) -> String {
    format!("is {}, allowed is {}", shortened(&violation.value), violation.allowed)
}

/// The value, or its beginning: it comes from outside, and a status must stay
/// small whatever came.
fn shortened(value: &str) -> String {
    match value.char_indices().nth(MAX_ECHO_CHARS) {
        Some((end, _)) => format!("{}...", &value[..end]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use mfn_core::params::Checks;

    use super::*;

    fn out_of_range(fields: &[(&'static str, &str, &str)]) -> Error {
        let mut checks = Checks::default();
        for (field, value, allowed) in fields {
            checks.require(false, field, value, allowed);
        }
        checks.finish().expect_err("every field is refused").into()
    }

    fn id() -> RequestId {
        RequestId::of(&http::Extensions::new(), "test-123")
    }

    // shows MFN-ERR-002, MFN-ERR-003
    #[test]
    fn a_status_names_every_bad_field() {
        let error =
            out_of_range(&[("grid_size", "3", "4..=1024"), ("alpha", "NaN", "[0.05, 0.25)")]);
        let status = error.into_status(&id());
        assert_eq!(status.code(), Code::InvalidArgument);
        insta::assert_snapshot!(status.message(), @"change what is out of range: grid_size is 3, allowed is 4..=1024; alpha is NaN, allowed is [0.05, 0.25)");

        let details = status.get_error_details();
        let info = details.error_info().expect("an ErrorInfo");
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("PARAMETER_OUT_OF_RANGE", "mfn"));
        assert_eq!(details.request_info().expect("a RequestInfo").request_id, "test-123");
        let violations = &details.bad_request().expect("a BadRequest").field_violations;
        let named: Vec<_> = violations.iter().map(|v| (&*v.field, &*v.description)).collect();
        assert_eq!(
            named,
            [
                ("grid_size", "is 3, allowed is 4..=1024"),
                ("alpha", "is NaN, allowed is [0.05, 0.25)"),
            ]
        );
    }

    // shows MFN-ERR-004
    #[test]
    fn a_message_stays_under_1_kib_whatever_came() {
        let huge = "\u{e9}".repeat(100_000);
        let fields = ["grid_size", "steps", "stream_interval", "alpha", "spike_probability"]
            .map(|field| (field, huge.as_str(), "[0.05, 0.25)"));
        let status = out_of_range(&fields).into_status(&id());
        assert!(status.message().len() < 1024, "{} bytes", status.message().len());
        assert!(status.message().contains("\u{e9}..., allowed is"));
        assert!(status.details().len() < 4096, "{} bytes", status.details().len());
    }

    #[test]
    fn a_fault_of_the_server_says_so() {
        let status = Error::Internal.into_status(&id());
        assert_eq!(status.code(), Code::Internal);
        insta::assert_snapshot!(status.message(), @"the computation failed, which is a fault of the server and not of the request");
        let info = status.get_details_error_info().expect("an ErrorInfo");
        assert_eq!(info.reason, "INTERNAL");
        assert!(status.get_details_bad_request().is_none());
    }
}
