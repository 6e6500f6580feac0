//! The sentences of the specification, which are Markdown, for those who do not read it raw.

use std::sync::LazyLock;

use regex_lite::Regex;

/// Code, a link, and words that are stressed more or less.
static MARKED: LazyLock<Regex> = LazyLock::new(|| {
    let marked = r"`([^`]+)`|\[([^\]]+)\]\([^)]*\)|\*\*([^*]+)\*\*|\*([^*\s](?:[^*]*[^*\s])?)\*";
    Regex::new(marked).expect("it is a regular expression")
});

/// A part of a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part<'a> {
    /// As it stands.
    Plain(&'a str),
    /// What stood in backticks.
    Code(&'a str),
    /// What stood between asterisks.
    Stressed(&'a str),
}

/// The parts of a text. Of a link, its words.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut all = Vec::new();
    let mut end = 0;
    for found in MARKED.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        all.push(Part::Plain(&text[end..whole.start()]));
        end = whole.end();
        let inner = (1..=4).find_map(|group| Some((group, found.get(group)?.as_str())));
        match inner {
            Some((1, code)) => all.push(Part::Code(code)),
            Some((2, words)) => all.extend(parts(words)),
            Some((_, words)) => all.push(Part::Stressed(words)),
            None => {}
        }
    }
    all.push(Part::Plain(&text[end..]));
    all.retain(|part| !part.words().is_empty());
    all
}

/// The words alone.
pub(super) fn plain(text: &str) -> String {
    parts(text).iter().map(Part::words).collect()
}

impl<'a> Part<'a> {
    fn words(&self) -> &'a str {
        match self {
            Self::Plain(words) | Self::Code(words) | Self::Stressed(words) => words,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Spec;

    #[test]
    fn marks_are_read_and_left_out() {
        let text = "**A** [`file`](../a.md) of *two* `a * b`, and 2 * 3 * 4.";
        assert_eq!(plain(text), "A file of two a * b, and 2 * 3 * 4.");
        assert_eq!(parts("x `y`"), [Part::Plain("x "), Part::Code("y")]);
    }

    #[test]
    fn no_sentence_of_the_specification_is_left_with_marks() {
        for requirement in Spec::load().requirements.values() {
            let text = plain(&requirement.text);
            for mark in ["`", "](", "**"] {
                assert!(!text.contains(mark), "{}: {text}", requirement.id);
            }
        }
    }
}
