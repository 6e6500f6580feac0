//! JSON as it is received, of which a bounded part is kept. White space between the parts
//! of JSON means nothing, so it does not count: a message that is long by it alone is
//! read like any other.

/// Collects JSON that has at most so many bytes when each run of white space is one.
#[derive(Debug)]
pub(crate) struct Condensed {
    text: Vec<u8>,
    max_bytes: usize,
    /// Text is kept as it was sent while it is short, so that an error can name its line.
    is_shortened: bool,
    is_in_string: bool,
    is_escaped: bool,
}

/// It is longer than it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

impl Condensed {
    pub(crate) fn new(max_bytes: usize) -> Self {
        let (is_shortened, is_in_string, is_escaped) = Default::default();
        Self { text: Vec::new(), max_bytes, is_shortened, is_in_string, is_escaped }
    }

    /// Appends what was received next.
    ///
    /// # Errors
    /// The text is too long now.
    pub(crate) fn push(&mut self, received: &[u8]) -> Result<(), TooLong> {
        if !self.is_shortened {
            if received.len() <= self.max_bytes - self.text.len() {
                self.text.extend_from_slice(received);
                return Ok(());
            }
            self.is_shortened = true;
            let text = std::mem::take(&mut self.text);
            self.condense(&text)?;
        }
        self.condense(received)
    }

    /// The text.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Whether lines and columns of the text are those of what was sent.
    pub(crate) fn has_its_lines(&self) -> bool {
        !self.is_shortened
    }

    fn condense(&mut self, mut received: &[u8]) -> Result<(), TooLong> {
        while let Some((&byte, rest)) = received.split_first() {
            received = rest;
            let is_space = !self.is_in_string && is_white_space(byte);
            if is_space {
                received = without_leading_space(received);
                if self.text.last() == Some(&b' ') {
                    continue;
                }
            }
            if self.text.len() == self.max_bytes {
                return Err(TooLong);
            }
            self.text.push(if is_space { b' ' } else { byte });
            self.note(byte);
        }
        Ok(())
    }

    /// Notes whether what follows `byte` is in a string.
    fn note(&mut self, byte: u8) {
        if !self.is_in_string {
            self.is_in_string = byte == b'"';
        } else if self.is_escaped {
            self.is_escaped = false;
        } else {
            self.is_escaped = byte == b'\\';
            self.is_in_string = byte != b'"';
        }
    }
}

/// White space of JSON (RFC 8259, 2).
fn is_white_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn without_leading_space(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !is_white_space(*byte));
    &text[start.unwrap_or(text.len())..]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is kept of `text`, of at most so many bytes, that is received in these portions.
    fn condensed(text: &[u8], max_bytes: usize, portion: usize) -> Result<Vec<u8>, TooLong> {
        let mut condensed = Condensed::new(max_bytes);
        text.chunks(portion).try_for_each(|part| condensed.push(part))?;
        Ok(condensed.text().to_vec())
    }

    #[test]
    fn short_text_is_kept_as_it_was_sent() {
        let text = b"{\n  \"a\":  1\n}";
        assert_eq!(condensed(text, text.len(), 3).as_deref(), Ok(&text[..]));
    }

    #[test]
    fn white_space_of_long_text_counts_once() {
        let text = b" \r\n\t{ \n \"a  \\\" b\" :  1 }   ";
        let kept = br#" { "a  \" b" : 1 } "#;
        for portion in 1..=text.len() {
            assert_eq!(condensed(text, kept.len(), portion).as_deref(), Ok(&kept[..]));
            assert_eq!(condensed(text, kept.len() - 1, portion), Err(TooLong), "{portion}");
        }
        let padded = format!("[1{}]", " ".repeat(100_000));
        assert_eq!(condensed(padded.as_bytes(), 8, 1000).as_deref(), Ok(&b"[1 ]"[..]));
    }

    #[test]
    fn numbers_and_words_are_not_joined() {
        for wrong in ["[1    2]", "[tr    ue]", "[-    1]"] {
            let kept = condensed(wrong.as_bytes(), wrong.len() - 1, 2).expect("it is short");
            assert!(serde_json::from_slice::<serde_json::Value>(&kept).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn condensed_json_is_the_same_json(
            text in r#"[\[\]{}:, \n\t"\\a1.-]{0,64}"#,
            portion in 1_usize..9,
        ) {
            let read = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).ok();
            let mut all = Condensed { is_shortened: true, ..Condensed::new(64) };
            for part in text.as_bytes().chunks(portion) {
                prop_assert_eq!(all.push(part), Ok(()));
            }
            prop_assert_eq!(read(all.text()), read(text.as_bytes()));
        }
    }
}
