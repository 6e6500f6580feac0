//! What was made of parts of an answer holds these until it is sent itself: whoever gave
//! them may count what has not been sent yet.

use bytes::Bytes;

struct Held {
    data: Vec<u8>,
    _sources: Vec<Bytes>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

/// `data`, with the `sources` of which it was made.
pub(super) fn held(data: Vec<u8>, sources: Vec<Bytes>) -> Bytes {
    Bytes::from_owner(Held { data, _sources: sources })
}
