//! Headers that the server reads by itself: `grpc-timeout` and `traceparent`, against
//! what their specifications say.

use std::time::Duration;

use http::HeaderValue;
use mfn_server::fuzzing::{grpc_timeout, traceparent};

/// `data` is the value of both.
pub fn check(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    assert_eq!(grpc_timeout(value.clone()), timeout_of(data), "grpc-timeout: {value:?}");
    assert_eq!(traceparent(value.clone()), ids_of(data), "traceparent: {value:?}");
}

/// gRPC over HTTP/2: 1 to 8 digits and a unit.
fn timeout_of(value: &[u8]) -> Option<Duration> {
    let (digits, unit) =
        std::str::from_utf8(value).ok()?.split_at_checked(value.len().max(1) - 1)?;
    let nanos: u128 = match unit {
        "H" => 3_600_000_000_000,
        "M" => 60_000_000_000,
        "S" => 1_000_000_000,
        "m" => 1_000_000,
        "u" => 1000,
        "n" => 1,
        _ => return None,
    };
    let is_number = (1..=8).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit());
    let amount: u128 = digits.parse().ok().filter(|_| is_number)?;
    let nanos = amount * nanos;
    Some(Duration::new((nanos / 1_000_000_000) as u64, (nanos % 1_000_000_000) as u32))
}

/// W3C Trace Context, 3.2: places and kinds of characters.
fn ids_of(value: &[u8]) -> Option<(String, String)> {
    let known = value.get(..55)?;
    let dashes = [2, 35, 52];
    for (place, byte) in known.iter().enumerate() {
        let is_right = match byte {
            b'-' => dashes.contains(&place),
            b'0'..=b'9' | b'a'..=b'f' => !dashes.contains(&place),
            _ => false,
        };
        if !is_right {
            return None;
        }
    }
    let text = std::str::from_utf8(known).ok()?;
    let (version, trace, span) = (&text[..2], &text[3..35], &text[36..52]);
    let is_zero = |id: &str| id.chars().all(|c| c == '0');
    let ends = match value.get(55) {
        None => true,
        Some(next) => version != "00" && *next == b'-',
    };
    let holds = version != "ff" && !is_zero(trace) && !is_zero(span) && ends;
    holds.then(|| (trace.to_owned(), span.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_up_to_8_digits_and_a_unit() {
        for (text, nanos) in [
            ("1n", Some(1)),
            ("2u", Some(2_000)),
            ("3m", Some(3_000_000)),
            ("00000004S", Some(4_000_000_000)),
            ("5M", Some(300_000_000_000)),
            ("99999999H", Some(359_999_996_400_000_000_000)),
            ("", None),
            ("S", None),
            ("1", None),
            ("1s", None),
            ("+1S", None),
            ("000000001S", None),
            ("1é", None),
        ] {
            let timeout = timeout_of(text.as_bytes()).map(|timeout| timeout.as_nanos());
            assert_eq!(timeout, nanos, "{text:?}");
        }
    }

    #[test]
    fn ids_of_a_trace_have_their_places_and_their_digits() {
        let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        let (no_trace, no_span) = ("0".repeat(32), "0".repeat(16));
        let ids = Some((trace.to_owned(), span.to_owned()));
        let known = |text: String| ids_of(text.as_bytes());
        for version_and_end in [("00", ""), ("01", ""), ("01", "-a")] {
            let (version, end) = version_and_end;
            assert_eq!(known(format!("{version}-{trace}-{span}-01{end}")), ids);
        }
        for text in [
            String::new(),
            format!("ff-{trace}-{span}-01"),
            format!("00-{trace}-{span}-01-a"),
            format!("01-{trace}-{span}-01a"),
            format!("00-{no_trace}-{span}-01"),
            format!("00-{trace}-{no_span}-01"),
            format!("00-{}-{span}-01", trace.to_uppercase()),
            format!("00_{trace}-{span}-01"),
            format!("00-{trace}-{span}-0"),
            format!("00-{trace}-{span}--1"),
        ] {
            assert_eq!(known(text.clone()), None, "{text:?}");
        }
    }
}
