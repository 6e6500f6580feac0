//! What was set by a flag, by a variable, or by nobody.

use std::fmt;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use crate::failure::Failure;

/// Variables whose values nobody is to read off a screen.
const SECRETS: [&str; 3] = ["MFN_API_KEYS", "MFN_API_KEY", "MFN_GRPC_SHARED_LIMITS_URL"];

/// An argument that a variable can give too.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The name of the variable.
    pub(crate) variable: String,
    /// The flag, with its two dashes.
    pub(crate) flag: String,
    /// None if there is none.
    pub(crate) value: Option<Value>,
    pub(crate) source: Source,
}

/// A value, as far as anyone may see it.
#[derive(Debug)]
pub(crate) enum Value {
    Text(String),
    Secret,
}

/// Where a value is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Flag,
    Variable,
    Default,
    NotSet,
    /// A variable that is not used, since there are other keys.
    LeftOut,
}

/// All settings of a command.
#[derive(Debug, Default)]
pub(crate) struct Settings(Vec<Setting>);

impl Settings {
    /// Those of `command`, as they are in its `matches`.
    ///
    /// # Errors
    /// The value of one is in quotation marks, which are none of it.
    pub(crate) fn of(command: &Command, matches: &ArgMatches) -> Result<Self, Failure> {
        let mut settings = Vec::new();
        for arg in command.get_arguments() {
            let Some(variable) = arg.get_env() else { continue };
            let id = arg.get_id().as_str();
            let source = match matches.value_source(id) {
                Some(ValueSource::CommandLine) => Source::Flag,
                Some(ValueSource::EnvVariable) => Source::Variable,
                Some(_) => Source::Default,
                None => Source::NotSet,
            };
            let values = matches.get_raw(id).into_iter().flatten();
            let values: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
            let text = values.join(" ").trim().to_owned();
            let variable = variable.to_string_lossy().into_owned();
            let flag = format!("--{}", arg.get_long().unwrap_or(id));
            if is_in_quotation_marks(&text) {
                let name = if source == Source::Flag { &flag } else { &variable };
                return Err(in_quotation_marks(name));
            }
            let value = match source {
                Source::NotSet => None,
                _ if SECRETS.contains(&&*variable) => Some(Value::Secret),
                _ => Some(Value::Text(text)),
            };
            settings.push(Setting { variable, flag, value, source });
        }
        Ok(Self(settings))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Setting> {
        self.0.iter()
    }

    /// Where the value of the variable's setting is from.
    pub(crate) fn source(&self, variable: &str) -> Source {
        self.named(variable).map_or(Source::NotSet, |setting| setting.source)
    }

    /// What the setting was given by: its flag, or else its variable.
    pub(crate) fn given_by<'a>(&'a self, variable: &'a str) -> &'a str {
        match self.named(variable) {
            Some(Setting { flag, source: Source::Flag, .. }) => flag,
            _ => variable,
        }
    }

    /// Has it said that the variable is not used.
    pub(crate) fn leave_out(&mut self, variable: &str) {
        let setting = self.0.iter_mut().find(|setting| setting.variable == variable);
        if let Some(setting) = setting {
            setting.source = Source::LeftOut;
        }
    }

    fn named(&self, variable: &str) -> Option<&Setting> {
        self.0.iter().find(|setting| setting.variable == variable)
    }
}

/// Whether a value still has the quotation marks that a shell would have taken
/// away, and that a file of variables or a manifest leaves.
pub(crate) fn is_in_quotation_marks(value: &str) -> bool {
    let inner = |mark| value.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
    inner('"').or_else(|| inner('\'')).is_some()
}

/// What is said of such a value, which may be a secret, and which `what` names.
pub(crate) fn in_quotation_marks(what: &str) -> Failure {
    Failure::Usage(format!(
        "{what} is in quotation marks, which would be part of the value: leave them out"
    ))
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "flag",
            Self::Variable => "variable",
            Self::Default => "default",
            Self::NotSet => "not set",
            Self::LeftOut => "variable, not used beside other keys",
        })
    }
}
