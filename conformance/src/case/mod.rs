//! What a case is, as the files in `cases/` write it.
//!
//! The types are the format: unknown keys are refused, and the JSON Schema in
//! `cases/schema.json` is made of them.

mod call;
mod expect;
pub mod load;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use conformance_web::Protocol;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use call::{Alter, Body, Call, Sign};
pub use expect::{Code, Detail, Expect};

/// A file of cases.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// What its cases are about, in one sentence.
    pub about: String,
    /// Where its answers come from as well: areas (`SIM`) or ids (`MFN-SIM-004`)
    /// of requirements that a case here may fail by, without showing them.
    #[serde(default)]
    pub rests_on: Vec<String>,
    /// The cases, in the order in which they are reported.
    pub case: Vec<Case>,
}

/// One case: a call with what is expected of it, or a procedure.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Stable, and never used again: `subject/what-it-is`, the subject being the
    /// name of the file.
    pub id: String,
    /// What holds if it passes, in one sentence.
    pub title: String,
    /// Ids of the requirements that it shows.
    pub shows: Vec<String>,
    /// Like the file's, for this case alone.
    #[serde(default)]
    pub rests_on: Vec<String>,
    /// How much it weighs. Only a MUST decides about conformance.
    #[serde(default)]
    pub level: Level,
    /// The profiles that it is part of. One with a golden answer is a test of
    /// its own in each of `numeric` and `exact`.
    pub profiles: Vec<Profile>,
    /// The set-up of `setups.toml` that its server must have.
    #[serde(default = "any")]
    pub server: String,
    /// What is called.
    pub call: Option<Call>,
    /// What must come of it.
    pub expect: Option<Expect>,
    /// Or, what one call cannot show: a procedure of the suite.
    pub procedure: Option<Procedure>,
}

/// A procedure of the suite, by name, with what it is to be done with.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// As in `src/procedures/table.rs`.
    pub name: String,
    /// Its numbers, by name.
    #[serde(default)]
    pub with: BTreeMap<String, i64>,
    /// The protocols of its connections, of each the next; gRPC alone, if there are none.
    #[serde(default)]
    pub over: Vec<Protocol>,
}

/// How much a requirement or a case weighs (RFC 2119).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Without it a server is not conformant.
    #[default]
    Must,
    /// It may be left out for a reason that is known and stated.
    Should,
    /// It is free.
    May,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::May => "MAY",
        })
    }
}

impl FromStr for Level {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let all = [Self::Must, Self::Should, Self::May];
        all.into_iter().find(|level| level.to_string() == text).ok_or(())
    }
}

/// What a server can be conformant in, apart from the rest.
#[derive(
    Clone,
    Copy,
    Debug,
    Deserialize,
    Eq,
    JsonSchema,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
    ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Services, messages, defaults: also of a server that speaks the older proto.
    Wire,
    /// Numbers within 1e-9, integers exactly.
    Numeric,
    /// Numbers to the last bit.
    Exact,
    /// Frames: how many, of which steps, in which order.
    Streams,
    /// Codes, messages and details of refusals.
    Errors,
    /// Keys, signatures, the window, scopes.
    Auth,
    /// Calls a second and at once.
    Limits,
    /// TLS, deadlines, sizes, cancellation, connections, shutdown.
    Transport,
    /// Reflection, health, fields, settings.
    Extras,
    /// gRPC-Web, Connect, JSON, browsers.
    Web,
}

impl Profile {
    /// All of them, in the order of a report.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::value_variants().iter().copied()
    }

    /// As in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wire => "wire",
            Self::Numeric => "numeric",
            Self::Exact => "exact",
            Self::Streams => "streams",
            Self::Errors => "errors",
            Self::Auth => "auth",
            Self::Limits => "limits",
            Self::Transport => "transport",
            Self::Extras => "extras",
            Self::Web => "web",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

fn any() -> String {
    "any".to_owned()
}
