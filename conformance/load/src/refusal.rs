//! Why a server refuses a call: its code, and the reason among the details.

use arrayvec::ArrayString;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use http::HeaderMap;
use percent_encoding::percent_decode;
use prost::Message;

/// Longest reason, in bytes, as `google.rpc.ErrorInfo` has it.
const MAX_REASON_BYTES: usize = 63;
/// Longest message of a server that is shown, in characters.
const MAX_MESSAGE_CHARS: usize = 500;
const MESSAGE: &str = "grpc-message";
/// `INVALID_ARGUMENT`, `PERMISSION_DENIED` and `UNAUTHENTICATED`: with these a server that
/// refuses one call refuses all others, which have the same key and parameters.
const FOR_GOOD: [usize; 3] = [3, 7, 16];
const DETAILS: &str = "grpc-status-details-bin";
const ERROR_INFO: &str = "google.rpc.ErrorInfo";
/// Metadata is padded by some and not by others.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What to do about a reason that has to do with how the load is made. Whatever
/// language a server is written in, the variables are those of the specification.
const HINTS: [(&str, &str); 13] = [
    (
        "RATE_LIMIT_RPS",
        "the server limits a key's calls a second; start it with MFN_GRPC_RATE_LIMIT_RPS=0 to see \
         what it can do, or call at a lower --rate",
    ),
    (
        "RATE_LIMIT_CONCURRENT",
        "the server limits a key's calls at once; start it with MFN_GRPC_RATE_LIMIT_CONCURRENT=0, \
         or call on fewer --connections and --streams",
    ),
    (
        "QUEUE_FULL",
        "more computations wait for a worker than the server lets wait; call on fewer --streams, or \
         start it with a larger MFN_GRPC_QUEUE_DEPTH",
    ),
    ("CREDENTIALS_MISSING", "the server has keys; give one by MFN_CONFORMANCE_API_KEY"),
    (
        "CREDENTIALS_INVALID",
        "the server does not know the key, or it is another one; look at MFN_CONFORMANCE_API_KEY",
    ),
    (
        "TIMESTAMP_OUTSIDE_WINDOW",
        "the clocks of this machine and of the server differ by more than the server allows",
    ),
    ("SIGNATURE_REPLAYED", "the server takes a signature once; sign each call with --sign-each"),
    (
        "REPLAY_MEMORY_FULL",
        "the server remembers no more signatures; call at a lower --rate, or start it without \
         MFN_GRPC_REPLAY_PROTECTION",
    ),
    (
        "LIMITS_UNAVAILABLE",
        "the server does not reach the store in which replicas count together, or the store has \
         just begun to count; call again, or start the server without MFN_GRPC_SHARED_LIMITS_URL",
    ),
    ("SCOPE_DENIED", "the key may not call this method; give another one, or another --method"),
    (
        "COST_TOO_HIGH",
        "the server computes nothing that takes as long; send a smaller --data, or start it with \
         MFN_GRPC_MAX_COST=0",
    ),
    (
        "AUDIT_STALLED",
        "what the server records its calls in takes no more; start it with MFN_GRPC_AUDIT_LOG=off, \
         or with the path of a file",
    ),
    ("PARAMETER_OUT_OF_RANGE", "the server does not allow a value of --data"),
];

/// A reason, such as `RATE_LIMIT_RPS`.
pub(super) type Reason = ArrayString<MAX_REASON_BYTES>;

/// A code other than OK, and the reason that came with it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Refusal {
    pub(super) code: usize,
    pub(super) reason: Option<Reason>,
}

/// `google.rpc.Status`, without what the headers say as well.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}

/// `google.rpc.ErrorInfo`, of which the reason is read.
#[derive(Clone, PartialEq, Message)]
struct ErrorInfo {
    #[prost(string, tag = "1")]
    reason: String,
}

/// The reason in the details, if there are any that say one.
pub(super) fn reason(headers: &HeaderMap) -> Option<Reason> {
    let status = BASE64.decode(headers.get(DETAILS)?.as_bytes()).ok()?;
    let status = Status::decode(status.as_slice()).ok()?;
    let is_info = |detail: &&prost_types::Any| {
        detail.type_url.rsplit('/').next().is_some_and(|name| name == ERROR_INFO)
    };
    let info = status.details.iter().find(is_info)?;
    let reason = ErrorInfo::decode(info.value.as_slice()).ok()?.reason;
    is_reason(&reason).then(|| Reason::from(&reason).ok())?
}

/// Whether a text is written as reasons are.
pub(super) fn is_reason(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    !text.is_empty() && text.bytes().all(is_plain)
}

/// What to do about it.
pub(super) fn hint(reason: &str) -> Option<&'static str> {
    HINTS.iter().find(|(known, _)| *known == reason).map(|(_, hint)| *hint)
}

/// What follows "the first call", if all others would be refused as it was.
pub(super) fn for_good(code: usize, status: &HeaderMap) -> Option<String> {
    if !FOR_GOOD.contains(&code) {
        return None;
    }
    let mut refusal = format!("was refused with {}", conformance_wire::CODE_NAMES[code]);
    let what_to_do = reason(status).as_deref().and_then(hint).map(str::to_owned);
    for said in [message(status), what_to_do].into_iter().flatten() {
        refusal.push_str(": ");
        refusal.push_str(&said);
    }
    Some(refusal)
}

/// The server's own sentence, if there is one, cut where it is long, and without
/// anything that a terminal would act on.
fn message(status: &HeaderMap) -> Option<String> {
    let message = percent_decode(status.get(MESSAGE)?.as_bytes()).decode_utf8_lossy();
    let mut shown = String::new();
    for character in message.chars().take(MAX_MESSAGE_CHARS) {
        match character {
            '\'' | '"' | '\\' => shown.push(character),
            _ => shown.extend(character.escape_debug()),
        }
    }
    if message.chars().nth(MAX_MESSAGE_CHARS).is_some() {
        shown.push('…');
    }
    (!shown.is_empty()).then_some(shown)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The details of a status with this reason, as the header has them.
    fn details(reason: &str) -> HeaderMap {
        let info = ErrorInfo { reason: reason.to_owned() };
        let any = |name: &str, value| prost_types::Any {
            type_url: format!("type.googleapis.com/{name}"),
            value,
        };
        let details =
            vec![any("google.rpc.RetryInfo", vec![]), any(ERROR_INFO, info.encode_to_vec())];
        header(&BASE64.encode(Status { details }.encode_to_vec()))
    }

    fn header(value: &str) -> HeaderMap {
        let value = value.parse().expect("a value");
        HeaderMap::from_iter([(DETAILS.parse().expect("a name"), value)])
    }

    #[test]
    fn the_reason_is_that_of_the_error_info() {
        assert_eq!(reason(&details("RATE_LIMIT_RPS")).as_deref(), Some("RATE_LIMIT_RPS"));
        let unpadded =
            details("A")[DETAILS].to_str().expect("text").trim_end_matches('=').to_owned();
        assert_eq!(reason(&header(&unpadded)).as_deref(), Some("A"));
    }

    #[test]
    fn hints_are_for_reasons_of_the_specification() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/errors.md");
        let page = std::fs::read_to_string(page).expect("it is in the tree");
        for (reason, _) in HINTS {
            assert!(page.contains(&format!("`{reason}`")), "{reason}");
        }
    }

    #[test]
    fn a_refusal_for_good_is_told_with_the_sentence_of_the_server() {
        let refused = |code, message: &str| {
            let mut status = details("SCOPE_DENIED");
            status.insert(MESSAGE, message.parse().expect("a value"));
            for_good(code, &status).unwrap_or_default()
        };
        let told = refused(7, "grid_size isn't %C3%A9%1B[2J%E2%80%AE");
        let start = "was refused with PERMISSION_DENIED: grid_size isn't é\\u{1b}[2J\\u{202e}: ";
        assert!(told.starts_with(start), "{told}");
        assert!(told.ends_with(hint("SCOPE_DENIED").expect("there is one")), "{told}");
        let long = refused(3, &"a".repeat(10 * MAX_MESSAGE_CHARS));
        assert!(long.contains(&format!(": {}…", "a".repeat(MAX_MESSAGE_CHARS))), "{long}");
        assert_eq!(
            for_good(16, &HeaderMap::new()).as_deref(),
            Some("was refused with UNAUTHENTICATED")
        );
        assert_eq!(refused(8, "a call may be allowed later"), "");
    }

    #[test]
    fn what_is_no_reason_is_none() {
        assert_eq!(reason(&HeaderMap::new()), None);
        assert_eq!(reason(&header("%")), None);
        assert_eq!(reason(&header("AAAA")), None);
        let long = "A".repeat(MAX_REASON_BYTES + 1);
        for bad in ["", "two words", "lower", &long] {
            assert_eq!(reason(&details(bad)), None, "{bad}");
        }
    }
}
