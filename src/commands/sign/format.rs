//! How the headers of a call are printed.

use clap::ValueEnum;

use super::{Headers, ghz};
use crate::failure::Failure;
use crate::shell::quoted;

/// The tool that headers are printed for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Format {
    /// Flags of grpcurl, on one line
    Grpcurl,
    /// A whole configuration of ghz, for one of the five methods of MFN
    Ghz,
    /// A JSON object, as in ghz's metadata
    Json,
    /// `name: value`, one a line
    Lines,
}

impl Format {
    /// The text, without the end of its last line, for a call of the method at
    /// `path`. Only ghz's is refused, for a method that is none of MFN's.
    pub(super) fn of(self, path: &str, headers: &Headers<'_>) -> Result<String, Failure> {
        Ok(match self {
            Self::Grpcurl => joined(headers, " ", |name, value| {
                format!("-H {}", quoted(&format!("{name}:{value}")))
            }),
            Self::Ghz => ghz::configuration(path, headers)?,
            Self::Json => headers.as_json().to_string(),
            Self::Lines => joined(headers, "\n", |name, value| format!("{name}: {value}")),
        })
    }
}

fn joined(headers: &Headers<'_>, between: &str, one: impl Fn(&str, &str) -> String) -> String {
    headers.0.map(|(name, value)| one(name, value)).join(between)
}
