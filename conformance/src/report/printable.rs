//! Texts of a report as they may be written: none too long, and none that does
//! anything to a terminal or hides something from a reader.
//!
//! Much of a report comes from the server that is tested, which may send what it
//! likes.

use std::ops::RangeInclusive;

use super::{Record, Report, Requirement};
use crate::verdict::Evidence;

/// Longest text of a report, in bytes of UTF-8. What is longer is cut.
pub(super) const TEXT_BYTES_MAX: usize = 4096;

/// Most lines of each kind of evidence. More are left out.
pub(super) const LINES_MAX: usize = 64;

/// Beside control characters, what turns the direction of a line, what has no width,
/// and what XML may not hold.
const INVISIBLE: [RangeInclusive<char>; 5] = [
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{feff}'..='\u{feff}',
    '\u{fffe}'..='\u{ffff}',
];

impl Report {
    /// With every text and list within its limit.
    ///
    /// A command that is too long is left out: half of one repeats nothing.
    pub(super) fn cut(&self) -> Self {
        let mut report = self.clone();
        for record in &mut report.results {
            cut_evidence(record);
        }
        report.change_texts(&cut);
        report
    }

    /// Cut, and with characters that control something written as `\u{1b}`.
    ///
    /// A command that has such characters is left out.
    pub(super) fn printable(&self) -> Self {
        let mut report = self.cut();
        for record in &mut report.results {
            if let Some(evidence) = &mut record.outcome.evidence {
                evidence.repeat.retain(|command| !command.chars().any(controls));
            }
        }
        report.change_texts(&make_visible);
        report
    }

    fn change_texts(&mut self, change: &impl Fn(&mut String)) {
        let Self {
            suite,
            spec,
            fixtures_sha256,
            target,
            started_at,
            results,
            known_failing_faults,
            left_running,
            ..
        } = self;
        [suite, spec, fixtures_sha256, target, started_at].into_iter().for_each(change);
        known_failing_faults.iter_mut().chain(left_running).for_each(change);
        for record in results {
            record.change_texts(change);
        }
    }
}

impl Record {
    fn change_texts(&mut self, change: &impl Fn(&mut String)) {
        [&mut self.name, &mut self.case, &mut self.title].into_iter().for_each(change);
        for requirement in &mut self.shows {
            let Requirement { id, text, page, link, level: _ } = requirement;
            [id, text, page, link].into_iter().for_each(change);
        }
        self.outcome.reason.iter_mut().for_each(change);
        if let Some(evidence) = &mut self.outcome.evidence {
            shown_lists(evidence).into_iter().flatten().for_each(change);
            evidence.repeat.iter_mut().for_each(change);
        }
    }
}

fn cut_evidence(record: &mut Record) {
    let Some(evidence) = &mut record.outcome.evidence else { return };
    for lines in shown_lists(evidence) {
        if lines.len() > LINES_MAX {
            let all = lines.len();
            lines.truncate(LINES_MAX);
            lines.push(format!("… (cut, {all} lines in all)"));
        }
    }
    evidence.repeat.retain(|command| command.len() <= TEXT_BYTES_MAX);
}

fn shown_lists(evidence: &mut Evidence) -> [&mut Vec<String>; 6] {
    let Evidence { server, request, metadata, second_call, expected, actual, repeat: _ } = evidence;
    [server, request, metadata, second_call, expected, actual]
}

fn cut(text: &mut String) {
    if text.len() > TEXT_BYTES_MAX {
        let kept = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
        *text = format!("{kept}… (cut, {} bytes in all)", text.len());
    }
}

fn make_visible(text: &mut String) {
    if text.chars().any(controls) {
        let visible = |c: char| if controls(c) { c.escape_unicode().to_string() } else { c.into() };
        *text = text.chars().map(visible).collect::<String>();
    }
}

/// Whether a character does something instead of being seen.
fn controls(c: char) -> bool {
    let is_layout = matches!(c, '\n' | '\t');
    !is_layout && (c.is_control() || INVISIBLE.iter().any(|range| range.contains(&c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let mut text = "é".repeat(TEXT_BYTES_MAX);
        text.insert(0, 'a');
        cut(&mut text);
        let kept = format!("a{}", "é".repeat(TEXT_BYTES_MAX / 2 - 1));
        assert_eq!(text, format!("{kept}… (cut, 8193 bytes in all)"));

        let mut longest = "a".repeat(TEXT_BYTES_MAX);
        cut(&mut longest);
        assert_eq!(longest, "a".repeat(TEXT_BYTES_MAX));
    }

    #[test]
    fn what_is_not_seen_is_written_out() {
        let mut text = "\u{1b}[2J\rü\n\t\0\u{9b}\u{202e}\u{ffff}\u{7f}".to_owned();
        make_visible(&mut text);
        let written = r"\u{1b}[2J\u{d}ü".to_owned() + "\n\t" + r"\u{0}\u{9b}\u{202e}\u{ffff}\u{7f}";
        assert_eq!(text, written);
    }
}
