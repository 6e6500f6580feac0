//! `grpc-timeout`, as gRPC over HTTP/2 has it: 1 to 8 digits and a unit.

use std::time::Duration;

use http::{HeaderMap, HeaderName};

use crate::error::Error;

const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
const MAX_DIGITS: usize = 8;

/// How long the call may take, if its caller has said so.
///
/// # Errors
/// [`Error::MalformedTimeout`] for what is no timeout. To pass over it would be
/// to wait for ever for a caller who does not.
pub(crate) fn of(headers: &HeaderMap) -> Result<Option<Duration>, Error> {
    let Some(value) = headers.get(GRPC_TIMEOUT) else { return Ok(None) };
    let value = value.as_bytes();
    parse(value).map(Some).ok_or_else(|| Error::malformed_timeout(value))
}

fn parse(value: &[u8]) -> Option<Duration> {
    let (unit, digits) = value.split_last()?;
    if digits.is_empty() || digits.len() > MAX_DIGITS || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let amount = digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    Some(match unit {
        b'H' => Duration::from_secs(amount * 60 * 60),
        b'M' => Duration::from_secs(amount * 60),
        b'S' => Duration::from_secs(amount),
        b'm' => Duration::from_millis(amount),
        b'u' => Duration::from_micros(amount),
        b'n' => Duration::from_nanos(amount),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn timeout(value: &'static str) -> Option<Duration> {
        let headers = HeaderMap::from_iter([(GRPC_TIMEOUT, HeaderValue::from_static(value))]);
        let timeout = of(&headers).ok()?;
        assert!(timeout.is_some());
        timeout
    }

    #[test]
    fn every_unit_is_understood() {
        let hour = Duration::from_hours(1);
        for (value, expected) in [
            ("1H", hour),
            ("99999999H", hour * 99_999_999),
            ("60M", hour),
            ("3600S", hour),
            ("00000200m", Duration::from_millis(200)),
            ("5u", Duration::from_micros(5)),
            ("7n", Duration::from_nanos(7)),
            ("0S", Duration::ZERO),
        ] {
            assert_eq!(timeout(value), Some(expected), "{value}");
        }
        assert_eq!(of(&HeaderMap::new()), Ok(None));
    }

    // shows MFN-ERR-018
    #[test]
    fn what_is_no_timeout_is_refused() {
        for value in
            ["", "S", "1", "123456789S", "+1S", "-1S", "1 S", " 1S", "1.5S", "1s", "1h", "S1"]
        {
            assert_eq!(timeout(value), None, "{value}");
        }
    }
}
