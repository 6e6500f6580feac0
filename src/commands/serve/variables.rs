//! The settings as variables: all that would apply, and those that nobody knows.

use std::env;
use std::io::{self, Write as _};

use crate::settings::Setting;

/// What the names of all settings begin with.
const PREFIX: &str = "MFN_";
/// Variables of other programs of this project.
const OTHERS: [&str; 2] = ["MFN_CI_", "MFN_CONFORMANCE_"];
/// Names this much alike, of 1, are perhaps meant for each other.
const ALIKE: f64 = 0.8;

/// Prints each setting, and where it is from.
pub(super) fn print(settings: &[Setting]) -> io::Result<()> {
    let assignments =
        settings.iter().map(|Setting { variable, value, .. }| format!("{variable}={value}"));
    let assignments: Vec<_> = assignments.collect();
    let width = assignments.iter().map(String::len).max().unwrap_or(0);
    let mut out = io::stdout().lock();
    for (assignment, setting) in assignments.iter().zip(settings) {
        writeln!(out, "{assignment:width$}  # {}", setting.source)?;
    }
    out.flush()
}

/// Warns of each variable that looks like one of `settings` and is none.
pub(super) fn warn_of_unknown(settings: &[Setting]) {
    let known: Vec<_> = settings.iter().map(|setting| setting.variable.as_str()).collect();
    let set = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in set.filter(|name| name.starts_with(PREFIX)) {
        if known.contains(&&*name) || OTHERS.iter().any(|other| name.starts_with(other)) {
            continue;
        }
        let hint = nearest(&name, &known).map(|meant| format!("; perhaps {meant} is meant"));
        tracing::warn!("{name} is no setting and is ignored{}", hint.unwrap_or_default());
    }
}

fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let alike =
        known.iter().map(|known| (strsim::normalized_damerau_levenshtein(name, known), known));
    alike
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| *known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_finds_what_was_meant() {
        let known = ["MFN_GRPC_PORT", "MFN_GRPC_HOST", "MFN_LOG"];
        let meant = |name| nearest(name, &known);
        assert_eq!(meant("MFN_GRPC_PROT"), Some("MFN_GRPC_PORT"));
        assert_eq!(meant("MFN_GPRC_HOST"), Some("MFN_GRPC_HOST"));
        assert_eq!(meant("MFN_LOGS"), Some("MFN_LOG"));
        assert_eq!(meant("MFN_SOMETHING_ELSE"), None);
    }
}
