//! Colours of texts for a terminal.

use std::ffi::OsStr;

use anstyle::{AnsiColor, Style};

use super::Record;
use super::judgement::Judgement;

/// Whether colours are used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Colour {
    /// Plain text.
    Off,
    /// With the escape sequences of ANSI.
    On,
}

impl Colour {
    /// As a person wants it who reads at a terminal, or does not: with any text in
    /// `NO_COLOR` there is none (<https://no-color.org>).
    #[must_use]
    pub fn wanted(is_terminal: bool, no_color: Option<&OsStr>) -> Self {
        let is_unwanted = no_color.is_some_and(|value| !value.is_empty());
        if is_terminal && !is_unwanted { Self::On } else { Self::Off }
    }

    pub(super) fn dim(self) -> Style {
        self.only_if_on(Style::new().dimmed())
    }

    pub(super) fn of_record(self, record: &Record) -> Style {
        self.of(if record.fails_the_run() { AnsiColor::Red } else { AnsiColor::Yellow })
    }

    pub(super) fn of_judgement(self, judgement: Judgement) -> Style {
        self.of(match judgement {
            Judgement::Conformant => AnsiColor::Green,
            Judgement::NotConformant => AnsiColor::Red,
            Judgement::NotShown | Judgement::NothingRan => AnsiColor::Yellow,
        })
    }

    pub(super) fn of(self, colour: AnsiColor) -> Style {
        self.only_if_on(colour.on_default().bold())
    }

    fn only_if_on(self, style: Style) -> Style {
        if self == Self::On { style } else { Style::new() }
    }
}
