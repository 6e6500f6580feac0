//! JSON that is one line to any reader, whatever is in its strings.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// An object whose fields are appended one after the other, in a line whose end is the
/// only character of it that ends lines or is not visible where it stands.
///
/// This takes a third of what it takes to derive the same: the names of the fields are
/// known to need no escapes, and most texts are found to need none in one look.
#[derive(Debug)]
pub(super) struct Line<'a>(&'a mut Vec<u8>);

impl<'a> Line<'a> {
    /// The line's first field, a text.
    pub(super) fn begin(lines: &'a mut Vec<u8>, name: &'static str, value: &str) -> Self {
        lines.extend_from_slice(b"{\"");
        let mut line = Self(lines);
        line.name(name);
        line.value(value);
        line
    }

    /// A further field with a text.
    pub(super) fn text(&mut self, name: &'static str, value: &str) {
        self.next_name(name);
        self.value(value);
    }

    /// A further field with a text, or null.
    pub(super) fn optional_text(&mut self, name: &'static str, value: Option<&str>) {
        self.next_name(name);
        match value {
            Some(value) => self.value(value),
            None => self.0.extend_from_slice(b"null"),
        }
    }

    /// A further field with a number.
    pub(super) fn number(&mut self, name: &'static str, value: impl Serialize) {
        self.next_name(name);
        serde_json::to_writer(&mut *self.0, &value).expect("a number is JSON");
    }

    /// The last field is written.
    pub(super) fn end(self) {
        self.0.extend_from_slice(b"}\n");
    }

    fn next_name(&mut self, name: &'static str) {
        self.0.extend_from_slice(b",\"");
        self.name(name);
    }

    fn name(&mut self, name: &'static str) {
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
    }

    fn value(&mut self, text: &str) {
        if needs_no_escape(text) {
            self.0.push(b'"');
            self.0.extend_from_slice(text.as_bytes());
            self.0.push(b'"');
        } else {
            let mut serializer = Serializer::with_formatter(&mut *self.0, OneLine);
            text.serialize(&mut serializer).expect("a string is JSON");
        }
    }
}

/// Whether `text` is itself in JSON. All of it is looked at, whatever comes first, so
/// that the compiler looks at many bytes at once.
fn needs_no_escape(text: &str) -> bool {
    let is_plain = |byte: u8| matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~');
    text.bytes().fold(true, |all, byte| all & is_plain(byte))
}

/// Appends `value` as JSON and a line feed, which is the only character of the
/// line that ends lines or is not visible where it stands.
///
/// # Panics
/// It has no form in JSON, as an object whose keys are no strings.
pub fn write(value: &impl Serialize, lines: &mut Vec<u8>) {
    let mut serializer = Serializer::with_formatter(&mut *lines, OneLine);
    value.serialize(&mut serializer).expect("strings and numbers are JSON");
    lines.push(b'\n');
}

/// Compact JSON in which every character that is not for the eye is escaped.
/// JSON alone asks for that below U+0020 only. But readers also split lines at
/// U+0085 and U+2028, terminals obey U+009B, and U+202E has what follows read
/// backwards.
struct OneLine;

impl Formatter for OneLine {
    /// Writes a part of a string in which JSON asks for no escape.
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        let mut plain = 0;
        for (at, char) in fragment.char_indices().filter(|(_, char)| !is_visible(*char)) {
            writer.write_all(&fragment.as_bytes()[plain..at])?;
            for unit in char.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            plain = at + char.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[plain..])
    }
}

/// Whether the standard library, too, would show it as it is. It escapes
/// Unicode's categories Cc, Cf, Cn, Co, Cs, Zl, Zp, and Zs but for the space. It
/// also escapes marks that combine with the character before them, which is as
/// good: a mark could hide the quotation mark that it follows. The apostrophe it escapes
/// for Rust alone.
fn is_visible(char: char) -> bool {
    char == '\'' || char.escape_debug().len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> String {
        let mut lines = Vec::new();
        Line::begin(&mut lines, "", text).end();
        let line = String::from_utf8(lines).expect("UTF-8");
        let value = line.strip_prefix("{\"\":").and_then(|line| line.strip_suffix("}\n"));
        value.expect("one field").to_owned()
    }

    // shows MFN-AUDIT-010
    #[test]
    fn controls_formats_and_separators_are_escaped() {
        let invisible = [
            ('\u{0}', r"\u0000"),
            ('\n', r"\n"),
            ('\r', r"\r"),
            ('\u{b}', r"\u000b"),
            ('\u{1b}', r"\u001b"),
            // DEL, NEL and CSI.
            ('\u{7f}', r"\u007f"),
            ('\u{85}', r"\u0085"),
            ('\u{9b}', r"\u009b"),
            // Spaces that are not the space, and the ends of lines and paragraphs.
            ('\u{a0}', r"\u00a0"),
            ('\u{3000}', r"\u3000"),
            ('\u{2028}', r"\u2028"),
            ('\u{2029}', r"\u2029"),
            // What is not seen: a hyphen, a joiner, a mark of byte order.
            ('\u{ad}', r"\u00ad"),
            ('\u{200b}', r"\u200b"),
            ('\u{200d}', r"\u200d"),
            ('\u{feff}', r"\ufeff"),
            // What changes the direction.
            ('\u{61c}', r"\u061c"),
            ('\u{202e}', r"\u202e"),
            ('\u{2066}', r"\u2066"),
            // Tags, for private use, and what is no character yet: in two halves.
            ('\u{e0041}', r"\udb40\udc41"),
            ('\u{10fffd}', r"\udbff\udffd"),
            ('\u{e000}', r"\ue000"),
            ('\u{378}', r"\u0378"),
        ];
        for (char, escaped) in invisible {
            assert_eq!(line(&format!("a{char}z")), format!("\"a{escaped}z\""));
        }
    }

    // shows MFN-AUDIT-010
    #[test]
    fn text_is_left_as_it_is() {
        for text in [
            "plain ~",
            "it's",
            "\u{e9}'s",
            "d\u{e9}j\u{e0} vu",
            "\u{65e5}\u{672c}",
            "\u{5d0}",
            "\u{1f344}",
        ] {
            assert_eq!(line(text), format!("\"{text}\""));
        }
        assert_eq!(line(r#"a"b\c"#), "\"a\\\"b\\\\c\"");
    }

    #[test]
    fn fields_stand_in_their_order_with_texts_numbers_and_nulls() {
        let mut lines = b"the line before\n".to_vec();
        let mut line = Line::begin(&mut lines, "a", "b");
        line.text("c", "d\"");
        line.optional_text("e", None);
        line.optional_text("f", Some("g"));
        line.number("h", 7_u64);
        line.number("i", 0.5);
        line.end();
        let expected = "{\"a\":\"b\",\"c\":\"d\\\"\",\"e\":null,\"f\":\"g\",\"h\":7,\"i\":0.5}\n";
        assert_eq!(lines, format!("the line before\n{expected}").as_bytes());
    }

    // shows MFN-AUDIT-010
    #[test]
    fn every_character_comes_back_and_none_is_a_control_character() {
        let all: String = ('\0'..=char::MAX).collect();
        let line = line(&all);
        assert_eq!(serde_json::from_str::<String>(&line).expect("JSON"), all);
        assert!(!line.contains(char::is_control));
    }
}
