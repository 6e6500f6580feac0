//! `mfn man`: the manual pages, made of what `--help` says.

use std::path::PathBuf;
use std::{fs, io};

use clap::{Args, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};
use mfn_output::Output;

use crate::failure::Failure;

/// What stands above the examples in the text below a command's options.
const EXAMPLES: &str = "Examples:\n";
/// What stands before each of them there, and is the matter of the reader's program here.
const INDENT: &str = "  ";

/// Print the manual page of mfn, or write those of all commands to a folder
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mfn man | man -l -
  mfn man ~/.local/share/man/man1")]
pub(crate) struct Manual {
    /// Folder for mfn.1, mfn-serve.1 and so on; it is created where it is missing
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

impl Manual {
    /// Prints the page of `program`, the definition of the whole command line, or
    /// writes all pages.
    pub(crate) fn run(self, program: Command) -> Result<(), Failure> {
        let program = as_in_the_manual(program);
        let Some(folder) = self.folder else {
            return Ok(Output::standard().write(&Page::of(&program)?.text)?);
        };
        let cannot_write =
            |error| Failure::work(format!("cannot write {}", folder.display()), error);
        fs::create_dir_all(&folder).map_err(cannot_write)?;
        let commands = program.get_subcommands().filter(|command| !command.is_hide_set());
        for command in [&program].into_iter().chain(commands) {
            let page = Page::of(command)?;
            mfn_output::write(&folder.join(page.name), &page.text).map_err(cannot_write)?;
        }
        Ok(())
    }
}

/// With the names that commands have in the manual, and without a page for `help`.
fn as_in_the_manual(program: Command) -> Command {
    let mut program = program.disable_help_subcommand(true);
    program.build();
    program
}

/// A file of the manual.
struct Page {
    name: String,
    text: Vec<u8>,
}

impl Page {
    fn of(command: &Command) -> io::Result<Self> {
        let source = concat!("mfn ", env!("CARGO_PKG_VERSION"));
        let manual = Man::new(command.clone()).source(source).manual("MFN");
        let mut text = Vec::new();
        manual.render_title(&mut text)?;
        manual.render_name_section(&mut text)?;
        manual.render_synopsis_section(&mut text)?;
        manual.render_description_section(&mut text)?;
        let below = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let (details, examples) = below.split_once(EXAMPLES).unwrap_or((&below, ""));
        paragraphs(details, &mut text)?;
        manual.render_options_section(&mut text)?;
        if command.has_subcommands() {
            manual.render_subcommands_section(&mut text)?;
        }
        as_they_stand(examples, &mut text)?;
        Ok(Self { name: manual.get_filename(), text })
    }
}

/// Adds a text that is broken into lines anew, below the description.
fn paragraphs(details: &str, page: &mut Vec<u8>) -> io::Result<()> {
    let mut roff = Roff::new();
    for paragraph in details.split("\n\n").map(str::trim).filter(|text| !text.is_empty()) {
        roff.control("PP", []);
        roff.text([roman(paragraph)]);
    }
    roff.to_writer(page)
}

/// Adds lines that are to be typed, which is why they stay the lines that they are.
fn as_they_stand(examples: &str, page: &mut Vec<u8>) -> io::Result<()> {
    if examples.is_empty() {
        return Ok(());
    }
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]).control("nf", []);
    for line in examples.lines() {
        roff.text([roman(line.strip_prefix(INDENT).unwrap_or(line))]);
    }
    roff.control("fi", []).to_writer(page)
}
