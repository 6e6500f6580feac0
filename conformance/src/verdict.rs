//! What a test comes to.

use schemars::JsonSchema;
use serde::Serialize;

/// What a test came to.
#[derive(Clone, Copy, Debug, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It came as expected.
    Pass,
    /// Something else came.
    Fail,
    /// Nothing can be said: the server is dead, hung, or would not start.
    Error,
    /// It was not run, for a reason that lies with the suite or how it was called.
    Skip,
    /// It was not run, since it is about what this server does not offer and need
    /// not.
    NotApplicable,
    /// It failed, as the list of known failures says.
    ExpectedFailure,
    /// It passed, although the list of known failures has it.
    UnexpectedPass,
}

impl Verdict {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 7] = [
        Self::Pass,
        Self::Fail,
        Self::Error,
        Self::UnexpectedPass,
        Self::ExpectedFailure,
        Self::Skip,
        Self::NotApplicable,
    ];

    /// As a person reads it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Skip => "skip",
            Self::NotApplicable => "not applicable",
            Self::ExpectedFailure => "expected failure",
            Self::UnexpectedPass => "unexpected pass",
        }
    }

    /// Whether a run with such a verdict has failed.
    #[must_use]
    pub fn fails_the_run(self) -> bool {
        matches!(self, Self::Fail | Self::Error | Self::UnexpectedPass)
    }
}

/// A test's verdict, with what there is to say about it.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
pub struct Outcome {
    /// What it came to.
    pub verdict: Verdict,
    /// Why, in one sentence, unless it passed.
    pub reason: Option<String>,
    /// What was sent and what came, where it failed.
    pub evidence: Option<Evidence>,
}

/// What there is to see of a failure.
#[derive(Clone, Debug, Default, JsonSchema, PartialEq, Serialize)]
pub struct Evidence {
    /// What the server was started with, if the suite has started it.
    pub server: Vec<String>,
    /// The method that was called and its request, in proto3 JSON or as bytes.
    pub request: Vec<String>,
    /// Metadata that were sent, `name: value`; keys and signatures are left out.
    pub metadata: Vec<String>,
    /// A second call that the first is compared with, and what it was answered.
    pub second_call: Vec<String>,
    /// What was expected, a line each.
    pub expected: Vec<String>,
    /// What came, a line each.
    pub actual: Vec<String>,
    /// Commands that repeat the calls, for a shell; none where a call cannot be made with grpcurl.
    /// Where the server has ended with the run, there is one that starts it and runs the test
    /// again, as there is for each procedure on a server that the suite has started.
    pub repeat: Vec<String>,
}

impl Outcome {
    /// It came as expected.
    #[must_use]
    pub fn pass() -> Self {
        Self { verdict: Verdict::Pass, reason: None, evidence: None }
    }

    /// Anything else, with its reason.
    #[must_use]
    pub fn because(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self { verdict, reason: Some(reason.into()), evidence: None }
    }
}
