//! What a value may be, and what is said of any other.

use std::net::IpAddr;

use mfn_server::{AuditLog, Reflection};
use tracing_subscriber::EnvFilter;

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

pub(super) fn log_filter(text: &str) -> Result<String, &'static str> {
    let expected = "levels such as info, or info,h2=debug are expected";
    EnvFilter::try_new(text).map_err(|_| expected)?;
    Ok(text.to_owned())
}
