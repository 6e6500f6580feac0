//! The settings as variables: all that would apply, and those that nobody knows.

use std::env;
use std::io::{self, Write as _};

use crate::nearest::nearest;
use crate::service_link::is_service_link;
use crate::settings::{Setting, Settings, Value};
use crate::shell;

/// What the names of all settings begin with.
const PREFIX: &str = "MFN_";
/// Variables of other programs of this project, and of another command.
const OTHERS: [&str; 3] = ["MFN_CI_", "MFN_CONFORMANCE_", "MFN_HEALTH_"];

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
            let hint = nearest(&name, &known).map(|meant| format!("; perhaps {meant} is meant"));
            tracing::warn!("{name} is no setting and is ignored{}", hint.unwrap_or_default());
        }
    }
    if !of_services.is_empty() {
        of_services.sort();
        tracing::warn!(
            "{} say where Services of Kubernetes are, set nothing here and are ignored; \
             enableServiceLinks: false in the pod's spec keeps them out",
            of_services.join(", ")
        );
    }
}
