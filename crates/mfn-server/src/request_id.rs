//! The id that a call goes by: the request body's, else the one in the
//! request's metadata, else a new one.

use std::sync::{Arc, OnceLock};

use http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use uuid::Uuid;

/// Longest id that is accepted, in bytes.
pub(crate) const MAX_REQUEST_ID_BYTES: usize = 256;
/// Metadata key of the id, both ways.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What an id that metadata cannot carry as it is has escaped: what
/// `grpc-message` has, and spaces, since those at an end get lost.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

/// One call's id, shared by all who see the call: a layer knows the metadata
/// before a service knows the body.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestId(Arc<Sources>);

#[derive(Debug, Default)]
struct Sources {
    body: OnceLock<String>,
    metadata: Option<String>,
    made: OnceLock<String>,
}

impl RequestId {
    /// The id of a call of which only the metadata is known yet.
    pub(crate) fn offered_in(metadata: &HeaderMap) -> Self {
        let offered = metadata.get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
        let metadata = offered.filter(|id| is_usable(id)).map(str::to_owned);
        Self(Arc::new(Sources { metadata, ..Sources::default() }))
    }

    /// The id of a call whose body is not read, or not yet.
    pub(crate) fn in_layers(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// The body says `body_id`.
    pub(crate) fn is_named(&self, body_id: &str) {
        if is_usable(body_id) {
            self.0.body.get_or_init(|| body_id.to_owned());
        }
    }

    /// The id as it was given.
    pub(crate) fn as_str(&self) -> &str {
        let Sources { body, metadata, made } = &*self.0;
        match body.get().or(metadata.as_ref()) {
            Some(given) => given,
            None => made.get_or_init(new_id),
        }
    }

    /// The id as metadata: unchanged if it is printable ASCII without a space
    /// at an end, else percent-encoded.
    pub(crate) fn to_header(&self) -> HeaderValue {
        let id = self.as_str();
        let printable = id.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        let is_padded = id.starts_with(' ') || id.ends_with(' ');
        let value = if printable && !is_padded {
            HeaderValue::from_str(id)
        } else {
            HeaderValue::try_from(utf8_percent_encode(id, ESCAPED).to_string())
        };
        let mut value = value.expect("printable ASCII is a header value");
        // Hardly any id comes twice, so none is worth a place in the table with
        // which HTTP/2 compresses headers: what is sensitive gets none.
        value.set_sensitive(true);
        value
    }
}

/// An id that need not be hard to guess, only not used by another call. The
/// operating system's random numbers would cost as much as the rest of a layer.
fn new_id() -> String {
    let uuid = uuid::Builder::from_random_bytes(fastrand::u128(..).to_ne_bytes()).into_uuid();
    uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()).to_owned()
}

fn is_usable(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_REQUEST_ID_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(metadata_id: Option<&str>, body_id: &str) -> RequestId {
        let mut metadata = HeaderMap::new();
        if let Some(id) = metadata_id {
            metadata
                .insert(X_REQUEST_ID, HeaderValue::from_bytes(id.as_bytes()).expect("a header"));
        }
        let id = RequestId::offered_in(&metadata);
        id.is_named(body_id);
        id
    }

    #[test]
    fn the_body_comes_before_the_metadata() {
        assert_eq!(call(Some("metadata"), "body").as_str(), "body");
        assert_eq!(call(None, "body").as_str(), "body");
        assert_eq!(call(Some("metadata"), "").as_str(), "metadata");
    }

    #[test]
    fn without_either_each_call_gets_one_of_its_own() {
        let id = call(None, "");
        assert!(Uuid::parse_str(id.as_str()).is_ok(), "{} is no UUID", id.as_str());
        assert_eq!(id.as_str(), id.clone().as_str());
        assert_ne!(id.as_str(), call(None, "").as_str());
    }

    #[test]
    fn all_who_share_a_call_learn_its_body_id() {
        let of_the_layer = RequestId::offered_in(&HeaderMap::new());
        let mut extensions = Extensions::new();
        extensions.insert(of_the_layer.clone());
        RequestId::in_layers(&extensions).is_named("body");
        assert_eq!(of_the_layer.as_str(), "body");
    }

    #[test]
    fn an_id_that_is_too_long_or_not_text_is_passed_over() {
        let long = "x".repeat(MAX_REQUEST_ID_BYTES + 1);
        assert_eq!(call(Some("metadata"), &long).as_str(), "metadata");
        assert!(Uuid::parse_str(call(Some(&long), "").as_str()).is_ok());
        assert!(Uuid::parse_str(call(Some("\u{e9}"), "").as_str()).is_ok());
        assert!(Uuid::parse_str(call(Some(""), "").as_str()).is_ok());
        let longest = "x".repeat(MAX_REQUEST_ID_BYTES);
        assert_eq!(call(None, &longest).as_str(), longest);
    }

    // shows MFN-WIRE-011
    #[test]
    fn metadata_carries_printable_ids_unchanged_and_others_escaped() {
        let header = |id| call(None, id).to_header();
        assert_eq!(header("test-123"), "test-123");
        assert_eq!(header("50% of \"it\"~"), "50% of \"it\"~");
        assert_eq!(header(" padded"), "%20padded");
        assert_eq!(header("padded "), "padded%20");
        assert_eq!(header("a\r\nb"), "a%0D%0Ab");
        assert_eq!(header("50% \u{e9}"), "50%25%20%C3%A9");
    }
}
