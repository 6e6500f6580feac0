//! Which part of a caller's trace a call is, by W3C Trace Context
//! (<https://www.w3.org/TR/trace-context-1/>).

use http::{HeaderMap, HeaderName};

/// Where a caller says it.
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Of version 00; those to come may have more behind it.
const LENGTH: usize = "00-00112233445566778899aabbccddeeff-0011223344556677-00".len();
/// The version that says nothing.
const INVALID_VERSION: &str = "ff";

/// The beginning of a well-formed `traceparent`, which has two ids that are not zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TraceContext(Box<str>);

impl TraceContext {
    /// What the caller says in its headers. What is said twice, or is malformed, is
    /// passed over: nothing of a call's answer depends on it.
    pub(crate) fn offered_in(headers: &HeaderMap) -> Option<Self> {
        let mut said = headers.get_all(TRACEPARENT).into_iter();
        let only = said.next().filter(|_| said.next().is_none())?;
        Self::parse(only.as_bytes())
    }

    /// By section 3.2 of the recommendation, `version-format` and below.
    fn parse(value: &[u8]) -> Option<Self> {
        let (known, more) = value.split_at_checked(LENGTH)?;
        let text = std::str::from_utf8(known).ok()?;
        let mut fields = text.split('-');
        let mut next_of_length = |length| fields.next().filter(|field| is_hex(field, length));
        let version = next_of_length(2).filter(|version| *version != INVALID_VERSION)?;
        next_of_length(32).filter(|trace_id| !is_zero(trace_id))?;
        next_of_length(16).filter(|span_id| !is_zero(span_id))?;
        next_of_length(2)?;
        let is_whole = more.is_empty() || version != "00" && more.starts_with(b"-");
        is_whole.then(|| Self(text.into()))
    }

    /// The id of the whole trace: 32 digits.
    pub(crate) fn trace_id(&self) -> &str {
        &self.0[3..35]
    }

    /// The id of the caller's span, of which the call is a part: 16 digits.
    pub(crate) fn span_id(&self) -> &str {
        &self.0[36..52]
    }
}

/// Whether `field` is so many digits, of the one case that is allowed.
fn is_hex(field: &str, length: usize) -> bool {
    field.len() == length && field.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_zero(id: &str) -> bool {
    id.bytes().all(|digit| digit == b'0')
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn offered(values: &[&str]) -> Option<TraceContext> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers
                .append(TRACEPARENT, HeaderValue::from_bytes(value.as_bytes()).expect("a header"));
        }
        TraceContext::offered_in(&headers)
    }

    // shows MFN-AUDIT-014
    #[test]
    fn the_two_ids_of_every_version_but_ff_are_read() {
        for (version, flags) in [
            ("00", "01"),
            ("00", "00"),
            ("00", "ff"),
            ("01", "01"),
            ("cc", "01-"),
            ("fe", "01-what"),
        ] {
            let said = format!("{version}-{TRACE}-{SPAN}-{flags}");
            let context = offered(&[&said]).unwrap_or_else(|| panic!("{said}"));
            assert_eq!((context.trace_id(), context.span_id()), (TRACE, SPAN), "{said}");
        }
    }

    // shows MFN-AUDIT-014
    #[test]
    fn what_is_malformed_or_said_twice_is_passed_over() {
        let good = format!("00-{TRACE}-{SPAN}-01");
        let zeros = |digits| "0".repeat(digits);
        for said in [
            String::new(),
            good.replacen("00", "ff", 1),
            good.replacen("00", "0g", 1),
            good.replacen("00", "0", 1),
            good.replace(TRACE, &zeros(32)),
            good.replace(SPAN, &zeros(16)),
            good.replace(TRACE, &TRACE.to_uppercase()),
            good.replace(SPAN, &SPAN.to_uppercase()),
            good.replacen("00", "0A", 1),
            good.replace("-01", "-0F"),
            good.replace("-01", "-1"),
            good.replace("-01", "-0g"),
            good.replace("-01", ""),
            good.replace('-', "_"),
            good.replace(TRACE, &TRACE[1..]),
            good.replace(SPAN, &format!("{SPAN}0")),
            good.replace(TRACE, &format!("{}\u{e9}", &TRACE[2..])),
            // Behind version 00 comes nothing, behind others what is set off.
            format!("{good}-00"),
            format!("{good} "),
            format!("{}0", good.replacen("00", "01", 1)),
        ] {
            assert_eq!(offered(&[&said]), None, "{said:?}");
        }
        assert_eq!(offered(&[]), None);
        assert_eq!(offered(&[&good, &good]), None);
    }
}
