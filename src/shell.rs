//! Texts for a shell.

/// Characters that no shell gives a meaning to.
const PLAIN: &[u8] = b"-_.,:=/+@%";

/// As one word of a shell. What needs no quotes has none, so that the words can
/// be taken from a command substitution too.
pub(crate) fn quoted(word: &str) -> String {
    if word.bytes().all(|byte| byte.is_ascii_alphanumeric() || PLAIN.contains(&byte)) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_only_if_it_must_be() {
        assert_eq!(quoted("x-api-key:a-key.1"), "x-api-key:a-key.1");
        assert_eq!(quoted("info,h2=debug"), "info,h2=debug");
        assert_eq!(quoted("x-api-key:a$key"), "'x-api-key:a$key'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
