//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::attacks::Form;

/// Attack servers on this machine, with an honest client beside.
#[derive(Clone, Debug, Parser)]
#[command(name = "attacks", version)]
pub(crate) struct Options {
    /// Attack with more of everything, and servers with all of their default memory
    #[arg(long)]
    pub(crate) full: bool,

    /// Print what attacks there are, as a table of Markdown, and make none
    #[arg(long)]
    pub(crate) list: bool,

    /// The program that serves
    #[arg(long, default_value = "target/release/mfn", value_name = "PATH")]
    pub(crate) program: PathBuf,

    /// Only attacks whose names contain one of these
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
}

impl Options {
    /// How much there is of everything.
    pub(crate) fn form(&self) -> Form {
        if self.full { Form::FULL } else { Form::SHORT }
    }

    /// Whether an attack of this name is asked for.
    pub(crate) fn asks_for(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|part| name.contains(part.as_str()))
    }
}
