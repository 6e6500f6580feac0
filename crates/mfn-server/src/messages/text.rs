//! A text or a message within a message, as it comes. All of a text is checked to
//! be one, and the beginning of either is kept.

use std::str::from_utf8;

use crate::error::Error;
use crate::request_id::MAX_REQUEST_ID_BYTES;

/// Longest text that is kept whole. No longer one has a meaning.
const MAX_TEXT_BYTES: usize = MAX_REQUEST_ID_BYTES;
/// Most bytes of one character.
const CHARACTER_BYTES: usize = 4;
/// What is kept of a longer one: so much that it is too long as well when the
/// character that was cut is left out.
const MAX_KEPT_BYTES: usize = MAX_TEXT_BYTES + CHARACTER_BYTES;

/// The part of it that has come.
#[derive(Debug)]
pub(super) struct Text {
    beginning: Vec<u8>,
    bytes: u64,
    /// None for a message, which its decoder checks.
    characters: Option<Utf8>,
}

impl Text {
    /// Before a text, or before what need not be one.
    pub(super) fn new(is_text: bool) -> Self {
        Self { beginning: Vec::new(), bytes: 0, characters: is_text.then(Utf8::default) }
    }

    /// Takes a further part of it.
    ///
    /// # Errors
    /// It is no UTF-8.
    pub(super) fn take(&mut self, part: &[u8]) -> Result<(), Error> {
        if let Some(characters) = &mut self.characters {
            characters.take(part)?;
        }
        self.bytes += part.len() as u64;
        let kept = part.len().min(MAX_KEPT_BYTES - self.beginning.len());
        self.beginning.extend_from_slice(&part[..kept]);
        Ok(())
    }

    /// It has come to its end.
    ///
    /// # Errors
    /// It ends within a character.
    pub(super) fn end(mut self) -> Result<Self, Error> {
        if let Some(characters) = &self.characters {
            if !characters.is_complete() {
                return Err(Error::MalformedMessage);
            }
            if let Err(cut) = from_utf8(&self.beginning) {
                self.beginning.truncate(cut.valid_up_to());
            }
        }
        Ok(self)
    }

    /// All of it, or the beginning of one that has more than 256 bytes, which has
    /// more than that too.
    pub(super) fn beginning(&self) -> &[u8] {
        &self.beginning
    }

    /// How many bytes it has, if it was too long to be kept whole.
    pub(super) fn bytes_if_cut(&self) -> Option<u64> {
        (self.bytes > self.beginning.len() as u64).then_some(self.bytes)
    }
}

/// Checks UTF-8 that comes in parts.
#[derive(Debug, Default)]
struct Utf8 {
    /// The beginning of a character whose rest is still to come.
    begun: Vec<u8>,
}

impl Utf8 {
    fn take(&mut self, mut part: &[u8]) -> Result<(), Error> {
        while !self.begun.is_empty()
            && let Some((&byte, rest)) = part.split_first()
        {
            part = rest;
            self.begun.push(byte);
            if incomplete(&self.begun)?.is_empty() {
                self.begun.clear();
            }
        }
        self.begun.extend_from_slice(incomplete(part)?);
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.begun.is_empty()
    }
}

/// The beginning of a character with which `text` ends, if it does.
fn incomplete(text: &[u8]) -> Result<&[u8], Error> {
    match from_utf8(text) {
        Ok(_) => Ok(&[]),
        Err(cut) if cut.error_len().is_none() => Ok(&text[cut.valid_up_to()..]),
        Err(_) => Err(Error::MalformedMessage),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], part: usize) -> Result<Text, Error> {
        let mut text = Text::new(true);
        for part in bytes.chunks(part) {
            text.take(part)?;
        }
        text.end()
    }

    #[test]
    fn a_text_is_the_same_however_it_is_cut() {
        let text = "a\u{e9}\u{20ac}\u{10348}z\u{0}".as_bytes();
        for part in 1..=text.len() {
            let read = read(text, part).expect("it is UTF-8");
            assert_eq!((read.beginning(), read.bytes_if_cut()), (text, None), "{part}");
        }
    }

    #[test]
    fn what_is_no_utf8_is_no_text_however_it_is_cut() {
        let bad: [&[u8]; 6] = [
            &[0xff],
            &[b'a', 0x80],
            &[0xc3],
            &[0xe2, 0x82, b'a'],
            // Half of a pair of UTF-16, and a slash of two bytes.
            &[0xed, 0xa0, 0x80],
            &[0xc0, 0xaf],
        ];
        for bytes in bad {
            for part in 1..=bytes.len() {
                let error = read(bytes, part).err();
                assert_eq!(error, Some(Error::MalformedMessage), "{bytes:?}");
            }
        }
    }

    #[test]
    fn of_a_long_text_the_beginning_and_the_length_are_kept() {
        for (character, count) in [("x", 257), ("x", 1_000_000), ("\u{10348}", 65), ("\u{e9}", 500)]
        {
            for padding in 0..4 {
                let text = format!("{}{}", "-".repeat(padding), character.repeat(count));
                let read = read(text.as_bytes(), 1000).expect("it is UTF-8");
                let kept = from_utf8(read.beginning()).expect("whole characters");
                assert!(text.starts_with(kept));
                assert!((MAX_TEXT_BYTES + 1..=MAX_KEPT_BYTES).contains(&kept.len()));
                let bytes = if kept == text { None } else { Some(text.len() as u64) };
                assert_eq!(read.bytes_if_cut(), bytes);
            }
        }
    }
}
