//! What the program is told on its command line.

use std::env;

use clap::error::{ContextKind, ErrorKind};
use clap::{Arg, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::commands::features::ExtractFeatures;
use crate::commands::serve::Serve;
use crate::commands::sign::Sign;
use crate::commands::simulate::Simulate;
use crate::commands::validate::Validate;
use crate::failure::Failure;
use crate::settings::{self, Setting};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "mfn", version, arg_required_else_help = true, max_term_width = 100)]
#[command(disable_help_subcommand = true)]
#[command(about = "\
MyceliumFractalNet: a reaction-diffusion model of a potential field, with one answer for one \
request, to the last bit, on every machine")]
#[command(after_help = "\
Examples:
  mfn serve                                 answer gRPC calls on 127.0.0.1:50051
  mfn simulate --seed 42                    print the summary of a simulation
  mfn simulate --seed 42 --png field.png    draw the field as well
  mfn features --seed 42 --plot plot.png    print its features and draw what they are read off
  mfn validate --seed 42                    train the reference network and print its losses
  mfn sign mfn.MFNSimulationService/RunSimulation
                                            print the headers that a call needs where keys are on")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(Box<Serve>),
    Simulate(Simulate),
    Features(ExtractFeatures),
    Validate(Validate),
    Sign(Sign),
}

/// The command that the program was started with, and its settings.
///
/// # Errors
/// There is none, or it is not to be understood: then what to say instead.
pub(crate) fn parse() -> Result<(Command, Vec<Setting>), Failure> {
    use ErrorKind::{
        DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand as NothingAsked, DisplayVersion,
    };
    try_parse().map_err(|error| match error.kind() {
        DisplayHelp | DisplayVersion | NothingAsked => Failure::Told(error),
        _ => Failure::Usage(one_line(&error)),
    })
}

fn try_parse() -> clap::error::Result<(Command, Vec<Setting>)> {
    let mut definition = Cli::command();
    let matches = definition.try_get_matches_from_mut(env::args_os())?;
    let settings = matches.subcommand().and_then(|(name, matches)| {
        definition.find_subcommand(name).map(|command| settings::of(command, matches))
    });
    Ok((Cli::from_arg_matches(&matches)?.command, settings.unwrap_or_default()))
}

/// The parser's message without its usage: one line, as all others.
fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let said = lines.take_while(|line| {
        !line.starts_with("Usage:") && !line.starts_with("For more information")
    });
    let joined = said.collect::<Vec<_>>().join("; ").replace(":; ", ": ");
    let message = joined.strip_prefix("error: ").unwrap_or(&joined);
    match bad_variable(error) {
        Some((flag, variable)) => message.replacen(&flag, &variable, 1),
        None => message.to_owned(),
    }
}

/// The flag that has a bad value, and the variable that the value is from. The
/// parser names the flag in any case.
fn bad_variable(error: &clap::Error) -> Option<(String, String)> {
    let flag = error.get(ContextKind::InvalidArg)?.to_string();
    let value = error.get(ContextKind::InvalidValue)?.to_string();
    let mut command = Cli::command();
    command.build();
    let variable = command
        .get_subcommands()
        .flat_map(clap::Command::get_arguments)
        .filter(|arg| arg.to_string() == flag)
        .find_map(Arg::get_env)?;
    let from_it = env::var(variable).is_ok_and(|set| set == value);
    from_it.then(|| (flag, variable.to_string_lossy().into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }
}
