//! `mfn completions`: what a shell needs to complete a command line of `mfn`.

use clap::{Args, Command};
use clap_complete::{Shell, generate};
use mfn_output::Output;

use crate::failure::Failure;

/// Print a script that completes command lines of mfn
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  source <(mfn completions bash)
  mfn completions bash > ~/.local/share/bash-completion/completions/mfn
  mfn completions fish > ~/.config/fish/completions/mfn.fish
  mfn completions zsh > _mfn                in a folder of $fpath")]
pub(crate) struct Completions {
    /// Shell that is to read it
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Prints the script for `program`, the definition of the whole command line.
    pub(crate) fn run(self, mut program: Command) -> Result<(), Failure> {
        let name = program.get_name().to_owned();
        // The crate panics where it cannot write, and a buffer can always be written to.
        let mut script = Vec::new();
        generate(self.shell, &mut program, name, &mut script);
        Ok(Output::standard().write(&script)?)
    }
}
