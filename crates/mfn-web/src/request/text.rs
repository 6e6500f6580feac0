//! The text of gRPC-Web: base64 that comes in any portions, and may have padding in the
//! middle, where what was encoded at once ends.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Characters that make up to three bytes.
const GROUP: usize = 4;

/// Decodes it as it comes.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// The beginning of a group.
    begun: Vec<u8>,
}

/// What is no base64.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotBase64;

impl Decoder {
    /// What `text` has of whole groups.
    ///
    /// # Errors
    /// It is no base64.
    pub(super) fn decode(&mut self, text: &[u8]) -> Result<Vec<u8>, NotBase64> {
        let text = [&std::mem::take(&mut self.begun), text].concat();
        let (mut groups, begun) = text.split_at(text.len() - text.len() % GROUP);
        self.begun = begun.to_vec();
        let mut decoded = Vec::with_capacity(groups.len() / GROUP * 3);
        while !groups.is_empty() {
            // Padding ends what was encoded at once.
            let padded = groups.chunks(GROUP).position(|group| group.ends_with(b"="));
            let end = padded.map_or(groups.len(), |last| (last + 1) * GROUP);
            let (now, later) = groups.split_at(end);
            STANDARD.decode_vec(now, &mut decoded).map_err(|_| NotBase64)?;
            groups = later;
        }
        Ok(decoded)
    }

    /// Whether no group has begun that is not complete.
    pub(super) fn is_between(&self) -> bool {
        self.begun.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decoded_however_it_is_cut_and_padded() {
        let text = b"YQ==YmM=ZGVmZ2hp";
        for portion in 1..=text.len() {
            let mut decoder = Decoder::default();
            let parts = text.chunks(portion).map(|part| decoder.decode(part).expect("base64"));
            assert_eq!(parts.collect::<Vec<_>>().concat(), b"abcdefghi", "{portion}");
            assert!(decoder.is_between());
        }
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        assert_eq!(Decoder::default().decode(b"a*=="), Err(NotBase64));
        assert_eq!(Decoder::default().decode(b"=aaa"), Err(NotBase64));
        let mut decoder = Decoder::default();
        assert_eq!(decoder.decode(b"YWJ"), Ok(Vec::new()));
        assert!(!decoder.is_between());
    }
}
