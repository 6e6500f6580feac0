//! Values of options: how they are read, and what is allowed.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

/// Highest rate of an open loop, in calls a second.
pub const MAX_RATE: f64 = 1e6;
/// Lowest rate: one call in a bit more than a quarter of an hour.
pub const MIN_RATE: f64 = 1e-3;
/// Longest duration, ramp or warm-up.
pub const MAX_DURATION: Duration = Duration::from_hours(24);
/// Longest time that a call may take.
pub const MAX_TIMEOUT: Duration = Duration::from_mins(5);

/// A text that may be a secret.
#[derive(Clone)]
pub(super) struct Unprinted(pub(super) String);

impl From<String> for Unprinted {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Unprinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(set)")
    }
}

/// The text of a file of at most so many bytes, or what is wrong with it.
pub(super) fn file(path: &Path, most: u64) -> Result<String, String> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(most + 1).read_to_string(&mut text))
        .map_err(|error| format!("cannot be read: {error}"))?;
    if text.len() as u64 > most {
        return Err(format!("has more than {most} bytes"));
    }
    Ok(text)
}

pub(super) fn time(text: &str) -> Result<Duration, String> {
    between(text, Duration::ZERO, MAX_DURATION)
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    between(text, Duration::from_millis(1), MAX_DURATION)
}

pub(super) fn timeout(text: &str) -> Result<Duration, String> {
    between(text, Duration::from_millis(1), MAX_TIMEOUT)
}

pub(super) fn between(text: &str, least: Duration, most: Duration) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).ok().filter(|time| (least..=most).contains(time));
    time.ok_or_else(|| {
        let (least, most) = (humantime::format_duration(least), humantime::format_duration(most));
        format!("a time of {least} to {most} is expected, such as 500ms or 10s")
    })
}

pub(super) fn rate(text: &str) -> Result<f64, String> {
    number(text, MIN_RATE, MAX_RATE)
}

pub(super) fn error_rate(text: &str) -> Result<f64, String> {
    number(text, 0.0, 1.0)
}

fn number(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("a number of {least} to {most} is expected"))
}
