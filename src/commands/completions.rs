//! `mfn completions`: what a shell needs to complete a command line of `mfn`.

use clap::builder::PossibleValuesParser;
use clap::{Arg, Args, Command};
use clap_complete::{Shell, generate};
use mfn_output::Output;

use super::serve::values::{BOOLEANS, LOG_FORMATS, REFLECTION, SHARED_LIMITS_FALLBACK};
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
    pub(crate) fn run(self, program: Command) -> Result<(), Failure> {
        let mut program = with_values(program);
        let name = program.get_name().to_owned();
        // The crate panics where it cannot write, and a buffer can always be written to.
        let mut script = Vec::new();
        generate(self.shell, &mut program, name, &mut script);
        Ok(Output::standard().write(&script)?)
    }
}

/// The same with the values of settings that have few. The parsers of these refuse others
/// in sentences of their own, and so do not list them.
fn with_values(program: Command) -> Command {
    program.mut_subcommands(|command| {
        command.mut_args(|arg| match values_of(&arg) {
            [] => arg,
            values => arg.value_parser(PossibleValuesParser::new(values)),
        })
    })
}

fn values_of(arg: &Arg) -> &'static [&'static str] {
    match arg.get_env().and_then(|variable| variable.to_str()) {
        Some("MFN_LOG_FORMAT") => &LOG_FORMATS,
        Some("MFN_GRPC_REFLECTION") => &REFLECTION,
        Some("MFN_GRPC_SHARED_LIMITS_FALLBACK") => &SHARED_LIMITS_FALLBACK,
        _ if arg.get_value_names().is_some_and(|names| names == ["BOOL"]) => &BOOLEANS,
        _ => &[],
    }
}
