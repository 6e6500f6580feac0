//! What a value may be, and what is said of any other.

use std::net::IpAddr;

use mfn_server::{AuditLog, Reflection};

pub(super) fn host(text: &str) -> Result<IpAddr, &'static str> {
    text.parse().map_err(|_| "an IP address is expected, such as 127.0.0.1 or ::1")
}

pub(super) fn integer<const MIN: u64, const MAX: u64>(text: &str) -> Result<u64, String> {
    // `parse` alone would take a plus sign.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|number| digits && (MIN..=MAX).contains(number))
        .ok_or_else(|| format!("an integer from {MIN} to {MAX} is expected"))
}

pub(super) fn boolean(text: &str) -> Result<bool, &'static str> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err("true or false is expected"),
    }
}

pub(super) fn reflection(text: &str) -> Result<Reflection, &'static str> {
    match text {
        "public" => Ok(Reflection::Public),
        "authenticated" => Ok(Reflection::Authenticated),
        "off" => Ok(Reflection::Off),
        _ => Err("public, authenticated or off is expected"),
    }
}

pub(super) fn audit_log(text: &str) -> Result<AuditLog, &'static str> {
    match text {
        "" => Err("stderr, off or the path of a file is expected"),
        "stderr" => Ok(AuditLog::Stderr),
        "off" => Ok(AuditLog::Off),
        path => Ok(AuditLog::File(path.into())),
    }
}

/// `EnvFilter` alone takes any other word for a module, and logs nothing else.
pub(super) fn log_filter(text: &str) -> Result<String, &'static str> {
    let is_level = |level: &str| ["off", "error", "warn", "info", "debug"].contains(&level);
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_:".contains(&byte);
    let is_module = |name: &str| !name.is_empty() && name.bytes().all(in_name);
    let is_directive = |part: &str| match part.split_once('=') {
        None => is_level(part),
        Some((module, level)) => is_module(module) && is_level(level),
    };
    if text.split(',').all(is_directive) {
        Ok(text.to_owned())
    } else {
        Err("off, error, warn, info or debug is expected, or by module such as info,h2=debug")
    }
}
