//! Times of calls in exact nanoseconds, and the window around the server's
//! time in which a call is accepted.

use std::fmt;
use std::time::Duration;

/// How far a call's timestamp may be from the server's time, either way; this
/// much is still accepted.
pub const MAX_SKEW: Duration = Duration::from_mins(5);

const SECOND: i128 = 1_000_000_000;
const SECONDS_DIGITS: usize = 12;
const FRACTION_DIGITS: usize = 9;

/// A moment in nanoseconds since the Unix epoch, never before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i128);

impl Timestamp {
    /// The moment that is `since_epoch` after the Unix epoch.
    #[must_use]
    pub fn from_unix(since_epoch: Duration) -> Self {
        Self(since_epoch.as_nanos() as i128)
    }

    /// Reads Unix seconds of the form `[0-9]{1,12}(\.[0-9]{1,9})?`, to the last
    /// digit.
    ///
    /// # Errors
    /// For anything else, so also for a sign, an exponent, a space, an
    /// underscore, `nan` and `inf`.
    pub fn parse(text: &[u8]) -> Result<Self, MalformedTimestamp> {
        let point = text.iter().position(|&byte| byte == b'.');
        let (seconds, nanos) = match point {
            None => (number(text, SECONDS_DIGITS)?, 0),
            Some(point) => {
                let (seconds, fraction) = (&text[..point], &text[point + 1..]);
                let missing = FRACTION_DIGITS.saturating_sub(fraction.len());
                let scale = 10_u64.pow(missing as u32);
                (number(seconds, SECONDS_DIGITS)?, number(fraction, FRACTION_DIGITS)? * scale)
            }
        };
        Ok(Self(i128::from(seconds) * SECOND + i128::from(nanos)))
    }

    /// Whole microseconds since the Unix epoch.
    #[must_use]
    pub fn as_micros(self) -> u64 {
        u64::try_from(self.0 / 1000).unwrap_or_default()
    }

    /// How far this moment is ahead of `server_time`.
    #[must_use]
    pub fn skew(self, server_time: Self) -> Skew {
        Skew(self.0 - server_time.0)
    }
}

fn number(digits: &[u8], most: usize) -> Result<u64, MalformedTimestamp> {
    if !(1..=most).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return Err(MalformedTimestamp);
    }
    Ok(digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

/// In seconds, with as many decimals as it has.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_seconds(f, self.0)
    }
}

/// A timestamp's difference from the server's time in exact nanoseconds:
/// positive if the caller's clock is ahead, negative if it is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skew(i128);

impl Skew {
    /// None at all.
    pub const NONE: Self = Self(0);

    /// Whether the difference is at most [`MAX_SKEW`], either way.
    #[must_use]
    pub fn is_within_window(self) -> bool {
        self.0.unsigned_abs() <= MAX_SKEW.as_nanos()
    }

    /// Whether the window has left the timestamp behind.
    #[must_use]
    pub fn is_past(self) -> bool {
        self < Self::NONE && !self.is_within_window()
    }

    /// After how long it will have; zero if it has.
    #[must_use]
    pub fn until_past(self) -> Duration {
        // Exactly 300 s are still within.
        let nanos = self.0 + MAX_SKEW.as_nanos() as i128 + 1;
        Duration::from_nanos(u64::try_from(nanos).unwrap_or_default())
    }

    /// Nanoseconds that the timestamp is ahead.
    #[must_use]
    pub fn as_nanos(self) -> i128 {
        self.0
    }
}

impl std::ops::Neg for Skew {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

/// In seconds, with as many decimals as it has, and a minus sign if behind.
impl fmt::Display for Skew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_seconds(f, self.0)
    }
}

/// Floating point would round the last digits away.
fn write_seconds(f: &mut fmt::Formatter<'_>, nanos: i128) -> fmt::Result {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    let second = SECOND.unsigned_abs();
    let decimals = format!(".{:09}", nanos % second);
    write!(f, "{sign}{}{}", nanos / second, decimals.trim_end_matches('0').trim_end_matches('.'))
}

/// The text is not Unix seconds as [`Timestamp::parse`] reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a timestamp is Unix seconds: 1 to 12 digits, and optionally a point and 1 to 9 digits")]
pub struct MalformedTimestamp;
