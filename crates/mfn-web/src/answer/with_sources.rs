//! Data that keep the parts of an answer which they were made of until they are sent
//! themselves: whoever gave these parts may count what is not sent yet.

use bytes::Bytes;

struct WithSources {
    data: Vec<u8>,
    _sources: Vec<Bytes>,
}

impl AsRef<[u8]> for WithSources {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

/// `data`, with the `sources` that they were made of.
pub(super) fn with_sources(data: Vec<u8>, sources: Vec<Bytes>) -> Bytes {
    Bytes::from_owner(WithSources { data, _sources: sources })
}
