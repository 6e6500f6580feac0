//! `connect-timeout-ms`, as `grpc-timeout` has it.

use http::HeaderValue;

use crate::fault::Fault;

/// Most digits of either.
const MAX_CONNECT_DIGITS: usize = 10;
const MAX_GRPC_DIGITS: usize = 8;

/// The same time. One of more milliseconds than gRPC can write is rounded up to a second.
///
/// # Errors
/// It is no timeout.
pub(super) fn to_grpc(connect: &HeaderValue) -> Result<HeaderValue, Fault> {
    let digits = connect.as_bytes();
    if digits.is_empty()
        || digits.len() > MAX_CONNECT_DIGITS
        || !digits.iter().all(u8::is_ascii_digit)
    {
        return Err(Fault::Malformed("send a connect-timeout-ms of 1 to 10 digits".to_owned()));
    }
    let millis = digits.iter().fold(0, |sum: u64, digit| sum * 10 + u64::from(digit - b'0'));
    let text = if millis.to_string().len() <= MAX_GRPC_DIGITS {
        format!("{millis}m")
    } else {
        format!("{}S", millis.div_ceil(1000))
    };
    HeaderValue::try_from(text).map_err(|_| Fault::Malformed("send a shorter timeout".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_the_same_in_grpc() {
        for (connect, grpc) in [
            ("0", "0m"),
            ("1", "1m"),
            ("0000000001", "1m"),
            ("99999999", "99999999m"),
            ("100000001", "100001S"),
            ("9999999999", "10000000S"),
        ] {
            let converted = to_grpc(&HeaderValue::from_static(connect)).expect("a timeout");
            assert_eq!(converted, grpc, "{connect}");
        }
    }

    #[test]
    fn what_is_no_timeout_is_refused() {
        for wrong in ["", "-1", "1.5", "1m", "12345678901", " 1", "x"] {
            assert!(to_grpc(&HeaderValue::from_static(wrong)).is_err(), "{wrong}");
        }
    }
}
