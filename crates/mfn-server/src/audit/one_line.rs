//! JSON that is one line to any reader, whatever is in its strings.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Appends `value` as JSON and a line feed, which is the only character of the
/// line that ends lines or is not visible where it stands.
pub(super) fn write(value: &impl Serialize, lines: &mut Vec<u8>) {
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
        // Nearly always.
        if fragment.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return writer.write_all(fragment.as_bytes());
        }
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
/// good: a mark could hide the quotation mark that it follows.
fn is_visible(char: char) -> bool {
    char.escape_debug().len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> String {
        let mut lines = Vec::new();
        write(&text, &mut lines);
        String::from_utf8(lines).expect("UTF-8")
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
            assert_eq!(line(&format!("a{char}z")), format!("\"a{escaped}z\"\n"));
        }
    }

    // shows MFN-AUDIT-010
    #[test]
    fn text_is_left_as_it_is() {
        for text in ["plain ~", "d\u{e9}j\u{e0} vu", "\u{65e5}\u{672c}", "\u{5d0}", "\u{1f344}"] {
            assert_eq!(line(text), format!("\"{text}\"\n"));
        }
        assert_eq!(line(r#"a"b\c"#), "\"a\\\"b\\\\c\"\n");
    }

    // shows MFN-AUDIT-010
    #[test]
    fn every_character_comes_back_and_none_is_a_control_character() {
        let all: String = ('\0'..=char::MAX).collect();
        let line = line(&all);
        assert_eq!(serde_json::from_str::<String>(&line).expect("JSON"), all);
        assert_eq!(line.find(char::is_control), Some(line.len() - 1));
    }
}
