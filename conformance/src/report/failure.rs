//! A test that did not come as expected, in full and as text.

use std::fmt::{self, Write as _};

use textwrap::Options;

use super::colour::Colour;
use super::duration::duration;
use super::markdown::plain;
use super::{Record, Requirement};
use crate::verdict::Evidence;

/// Width of the text, in columns. Lines that came from a server, and commands,
/// are left whole, so that they can be copied.
pub(super) const WIDTH: usize = 96;

/// Width of the names before the evidence, in columns.
const LABEL: usize = 14;

impl Record {
    /// Title, reason, evidence, requirements and command, each on lines of its own.
    ///
    /// # Panics
    /// Never: a string takes all.
    #[must_use]
    pub fn in_full(&self, colour: Colour) -> String {
        let mut text = String::new();
        self.write(&mut text, colour).expect("a string takes all");
        text
    }

    pub(super) fn write(&self, out: &mut String, colour: Colour) -> fmt::Result {
        writeln!(out, "{}", prose(&self.title, "  "))?;
        if let Some(reason) = &self.outcome.reason {
            writeln!(out, "{}", prose(reason, "  "))?;
        }
        let evidence = self.outcome.evidence.as_ref();
        for (label, lines) in evidence.into_iter().flat_map(Evidence::parts) {
            write_labelled(out, label, lines, colour)?;
        }
        for requirement in &self.shows {
            write_requirement(out, requirement, colour)?;
        }
        let commands = evidence.map_or(&[][..], |evidence| &evidence.repeat);
        write_labelled(out, "repeat", commands, colour)
    }

    /// One line: the test, its level and how long it took.
    pub(super) fn heading(&self) -> String {
        format!("{} ({}, {})", self.name, self.level, duration(self.duration_ms))
    }
}

impl Evidence {
    /// What there is to see, with its name, in the order of a call; what is empty
    /// is left out.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        let Self { server, request, metadata, second_call, expected, actual, repeat: _ } = self;
        let parts: [(_, &[String]); 6] = [
            ("server", server),
            ("request", request),
            ("metadata", metadata),
            ("second call", second_call),
            ("expected", expected),
            ("actual", actual),
        ];
        parts.into_iter().filter(|(_, lines)| !lines.is_empty())
    }
}

/// Lines with their name before them.
pub(super) fn write_labelled(
    out: &mut String,
    label: &str,
    lines: &[String],
    colour: Colour,
) -> fmt::Result {
    let dim = colour.dim();
    let mut label = format!("  {label:<width$}", width = LABEL - 2);
    // A line with line feeds in it must not look like several of ours.
    for line in lines.iter().flat_map(|line| line.split('\n')) {
        let whole = format!("{dim}{label}{dim:#}{line}");
        writeln!(out, "{}", whole.trim_end())?;
        label = " ".repeat(LABEL);
    }
    Ok(())
}

fn write_requirement(out: &mut String, requirement: &Requirement, colour: Colour) -> fmt::Result {
    let Requirement { id, level, text, link, page: _ } = requirement;
    write_labelled(out, "spec", &[format!("{id} ({level}), {link}")], colour)?;
    writeln!(out, "{}", prose(&plain(text), &" ".repeat(LABEL)))
}

fn prose(text: &str, indent: &str) -> String {
    let options =
        Options::new(WIDTH).initial_indent(indent).subsequent_indent(indent).break_words(false);
    textwrap::fill(text, options)
}
