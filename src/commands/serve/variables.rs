//! The settings as variables: all that would apply, and those that nobody knows.

use std::env;
use std::io::{self, Write as _};

use crate::nearest::nearest;
use crate::service_link::is_service_link;
use crate::settings::{Setting, Settings, Value};
use crate::shell;

/// What the names of all settings begin with.
const PREFIX: &str = "MFN_";
/// Variables of other programs of this project, of another command, and of the build, which
/// `cargo run` sets for the program as well.
const OTHERS: [&str; 4] = ["MFN_BUILD_", "MFN_CI_", "MFN_CONFORMANCE_", "MFN_HEALTH_"];

/// Prints each setting, and where it is from, so that a shell can read it. Keys
/// are not shown, so a shell is not told to set them.
pub(super) fn print(settings: &Settings) -> io::Result<()> {
    let assignments: Vec<_> = settings.iter().map(assignment).collect();
    let width = assignments.iter().map(String::len).max().unwrap_or(0);
    let mut out = io::stdout().lock();
    for (assignment, setting) in assignments.iter().zip(settings.iter()) {
        writeln!(out, "{assignment:width$}  # {}", setting.source)?;
    }
    out.flush()
}

fn assignment(Setting { variable, value, .. }: &Setting) -> String {
    match value {
        None => format!("{variable}="),
        Some(Value::Text(text)) => format!("{variable}={}", shell::quoted(text)),
        Some(Value::Secret) => format!("# {variable}=(set)"),
    }
}

/// Warns of each variable that looks like one of `settings` and is none.
pub(super) fn warn_of_unknown(settings: &Settings) {
    let known: Vec<_> = settings.iter().map(|setting| setting.variable.as_str()).collect();
    let set = env::vars_os().filter_map(|(name, value)| {
        name.into_string().ok().map(|name| (name, value.to_string_lossy().into_owned()))
    });
    let mut of_services = Vec::new();
    for (name, value) in set.filter(|(name, _)| name.starts_with(PREFIX)) {
        if is_service_link(&name, &value) {
            of_services.push(name);
        } else if !known.contains(&&*name) && !OTHERS.iter().any(|other| name.starts_with(other)) {
            let hint = meant(&name, &known).map(|meant| format!("; perhaps {meant} is meant"));
            tracing::warn!("{name} is no setting and is ignored{}", hint.unwrap_or_default());
        }
    }
    if !of_services.is_empty() {
        of_services.sort();
        tracing::warn!(
            "ignored, since they say where Services of Kubernetes are: {}; \
             enableServiceLinks: false in the pod's spec keeps them out",
            of_services.join(", ")
        );
    }
}

/// The setting that is most like `name`. Some have GRPC in their names and some have not,
/// which is the first thing to be mistaken about.
fn meant<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    fn stem(name: &str) -> &str {
        let rest = name.strip_prefix(PREFIX).unwrap_or(name);
        rest.strip_prefix("GRPC_").unwrap_or(rest)
    }
    let same = known.iter().find(|known| stem(known) == stem(name));
    same.copied().or_else(|| nearest(name, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_or_without_grpc_finds_the_setting() {
        let known = ["MFN_GRPC_ADMIN_PORT", "MFN_LOG", "MFN_API_KEYS"];
        assert_eq!(meant("MFN_ADMIN_PORT", &known), Some("MFN_GRPC_ADMIN_PORT"));
        assert_eq!(meant("MFN_GRPC_LOG", &known), Some("MFN_LOG"));
        assert_eq!(meant("MFN_GRPC_API_KEYS", &known), Some("MFN_API_KEYS"));
        assert_eq!(meant("MFN_GRPC_ADMIN_PRT", &known), Some("MFN_GRPC_ADMIN_PORT"));
        assert_eq!(meant("MFN_SOMETHING", &known), None);
    }
}
