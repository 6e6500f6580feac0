//! What was set by a flag, by a variable, or by nobody.

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

/// Variables whose values nobody is to read off a screen.
const SECRETS: [&str; 2] = ["MFN_API_KEYS", "MFN_API_KEY"];

/// An argument that a variable can give too.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The name of the variable.
    pub(crate) variable: String,
    /// As text; empty if there is none, and `(set)` if it is a secret.
    pub(crate) value: String,
    /// "flag", "variable", "default" or "not set".
    pub(crate) source: &'static str,
}

/// All settings of `command`, as they are in its `matches`.
pub(crate) fn of(command: &Command, matches: &ArgMatches) -> Vec<Setting> {
    let arguments = command.get_arguments();
    let settings = arguments.filter_map(|arg| Some((arg.get_id().as_str(), arg.get_env()?)));
    settings
        .map(|(id, variable)| {
            let values = matches.get_raw(id).into_iter().flatten();
            let values: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
            let source = match matches.value_source(id) {
                Some(ValueSource::CommandLine) => "flag",
                Some(ValueSource::EnvVariable) => "variable",
                Some(_) => "default",
                None => "not set",
            };
            let variable = variable.to_string_lossy().into_owned();
            let is_secret = SECRETS.contains(&&*variable) && !values.is_empty();
            let value = if is_secret { "(set)".to_owned() } else { values.join(" ") };
            Setting { variable, value, source }
        })
        .collect()
}
