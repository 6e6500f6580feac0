//! What a value may be, and what is said of any other. White space at its ends is
//! no part of a value: a file of variables, or a secret that was written by an
//! editor, often has some.

use std::net::IpAddr;
use std::path::{Path, PathBuf, is_separator};

use clap::builder::{PathBufValueParser, TypedValueParser};
use mfn_server::{AuditLog, Reflection, SharedLimitsFallback};

use crate::log_format::LogFormat;
use crate::nearest::nearest;

pub(in crate::commands) const LOG_FORMATS: [&str; 2] = ["text", "json"];
pub(in crate::commands) const REFLECTION: [&str; 3] = ["public", "authenticated", "off"];
pub(in crate::commands) const BOOLEANS: [&str; 2] = ["true", "false"];
pub(in crate::commands) const SHARED_LIMITS_FALLBACK: [&str; 2] = ["local", "refuse"];
const AUDIT_LOG: [&str; 2] = ["stderr", "off"];
const LEVELS: [&str; 5] = ["off", "error", "warn", "info", "debug"];

pub(in crate::commands) fn host(text: &str) -> Result<IpAddr, &'static str> {
    text.trim().parse().map_err(|_| "an IP address is expected, such as 127.0.0.1 or ::1")
}

pub(in crate::commands) fn integer<const MIN: u64, const MAX: u64>(
    text: &str,
) -> Result<u64, String> {
    let text = text.trim();
    // `parse` alone would take a plus sign.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|number| digits && (MIN..=MAX).contains(number))
        .ok_or_else(|| format!("an integer from {MIN} to {MAX} is expected"))
}

pub(in crate::commands) fn boolean(text: &str) -> Result<bool, String> {
    let text = text.trim().to_ascii_lowercase();
    match text.as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        other => {
            let meant = match other {
                "yes" | "y" | "on" | "t" => "true",
                "no" | "n" | "off" | "f" => "false",
                _ => other,
            };
            Err(expected("true or false is expected", meant, &BOOLEANS))
        }
    }
}

/// A path, of which nothing is known yet.
pub(in crate::commands) fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| {
        let path = path.to_str().map_or(path.clone(), |text| text.trim().into());
        if path.as_os_str().is_empty() { Err("a path is expected") } else { Ok(path) }
    })
}

pub(super) fn reflection(text: &str) -> Result<Reflection, String> {
    match text.trim() {
        "public" => Ok(Reflection::Public),
        "authenticated" => Ok(Reflection::Authenticated),
        "off" => Ok(Reflection::Off),
        other => Err(expected("public, authenticated or off is expected", other, &REFLECTION)),
    }
}

pub(super) fn shared_limits_fallback(text: &str) -> Result<SharedLimitsFallback, String> {
    match text.trim() {
        "local" => Ok(SharedLimitsFallback::Local),
        "refuse" => Ok(SharedLimitsFallback::Refuse),
        other => Err(expected("local or refuse is expected", other, &SHARED_LIMITS_FALLBACK)),
    }
}

pub(super) fn audit_log(text: &str) -> Result<AuditLog, String> {
    match text.trim() {
        "stderr" => Ok(AuditLog::Stderr),
        "off" => Ok(AuditLog::Off),
        path if is_meant_as_path(path) => Ok(AuditLog::File(path.into())),
        other => Err(expected(
            "stderr, off or the path of a file is expected, which has a / or an extension",
            other,
            &AUDIT_LOG,
        )),
    }
}

/// A word alone may be a slip of a keyword, and would quietly become a file.
fn is_meant_as_path(text: &str) -> bool {
    let path = Path::new(text);
    text.contains(is_separator) || path.extension().is_some() || path.exists()
}

/// `EnvFilter` alone takes any other word for a module, and logs nothing else.
pub(super) fn log_filter(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_level = |level: &str| LEVELS.contains(&level);
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_:".contains(&byte);
    let is_module = |name: &str| !name.is_empty() && name.bytes().all(in_name);
    let is_directive = |part: &str| match part.split_once('=') {
        None => is_level(part),
        Some((module, level)) => is_module(module) && is_level(level),
    };
    if text.split(',').all(is_directive) {
        return Ok(text.to_owned());
    }
    let what = "off, error, warn, info or debug is expected, or by module such as info,h2=debug";
    Err(expected(what, if text == "warning" { "warn" } else { text }, &LEVELS))
}

#[cfg(feature = "web")]
pub(super) fn origins(text: &str) -> Result<mfn_server::Origins, mfn_server::InvalidOrigin> {
    mfn_server::Origins::parse(text)
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text.trim() {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        other => Err(expected("text or json is expected", other, &LOG_FORMATS)),
    }
}

/// `what` is expected, and perhaps the one of the `known` words that is most like
/// `text`.
pub(super) fn expected(what: &str, text: &str, known: &[&str]) -> String {
    match nearest(&text.to_ascii_lowercase(), known) {
        Some(meant) => format!("{what}; perhaps {meant} is meant"),
        None => what.to_owned(),
    }
}
