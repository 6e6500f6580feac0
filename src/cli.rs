//! What the program is told on its command line.

use std::env;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::commands::call::Call;
use crate::commands::completions::Completions;
use crate::commands::features::ExtractFeatures;
use crate::commands::health::Health;
use crate::commands::man::Manual;
use crate::commands::serve::Serve;
use crate::commands::sign::Sign;
use crate::commands::simulate::Simulate;
use crate::commands::sweep::Sweep;
use crate::commands::validate::Validate;
use crate::environment::{sets_something, without_variables_that_set_nothing};
use crate::failure::Failure;
use crate::settings::{Settings, in_quotation_marks, is_in_quotation_marks};
use crate::version;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "mfn", version, long_version = version::long())]
#[command(arg_required_else_help = true, max_term_width = 100)]
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
  mfn sweep --seeds 0..1000 --csv out.csv   compute a table of simulations
  mfn call RunSimulation --seed 42          call a server, and print its answer
  mfn sign mfn.MFNSimulationService/RunSimulation
                                            print the headers that a call needs where keys are on
  mfn health                                tell by the exit code whether the server serves
  mfn completions bash                      print the completions of a shell")]
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
    Sweep(Box<Sweep>),
    Call(Box<Call>),
    Sign(Sign),
    Health(Health),
    Completions(Completions),
    Man(Manual),
}

/// The definition of the whole command line, of which scripts and manual pages are made.
pub(crate) fn definition() -> clap::Command {
    Cli::command()
}

/// The command that the program was started with, and its settings.
///
/// # Errors
/// There is none, or it is not to be understood: then what to say instead.
pub(crate) fn parse() -> Result<(Command, Settings), Failure> {
    parse_from(env::args_os())
}

/// The same of these arguments, of which the first is the program's name.
///
/// # Errors
/// As for those of this process.
pub(crate) fn parse_from(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<(Command, Settings), Failure> {
    let definition = Cli::command();
    let mut parser = without_variables_that_set_nothing(definition.clone());
    let matches = parser.try_get_matches_from_mut(arguments).map_err(refusal)?;
    let command = matches.subcommand().and_then(|(name, matches)| {
        definition.find_subcommand(name).map(|command| (command, matches))
    });
    let settings = command.map(|(command, matches)| Settings::of(command, matches)).transpose()?;
    let Cli { command } = Cli::from_arg_matches(&matches).map_err(refusal)?;
    Ok((command, settings.unwrap_or_default()))
}

fn refusal(error: clap::Error) -> Failure {
    use ErrorKind::{
        DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand as NothingAsked, DisplayVersion,
    };
    match error.kind() {
        DisplayHelp => Failure::Told(with_all_variables(error)),
        DisplayVersion | NothingAsked => Failure::Told(error),
        _ => bad_value(error),
    }
}

/// The same help as of a parser that knows all variables.
fn with_all_variables(help: clap::Error) -> clap::Error {
    Cli::command().try_get_matches_from(env::args_os()).err().unwrap_or(help)
}

/// The parser's message of a bad value, by the name of its variable if it is from
/// that: the parser names the flag in any case.
fn bad_value(mut error: clap::Error) -> Failure {
    let text_of = |error: &clap::Error, kind| error.get(kind).map(ToString::to_string);
    let (Some(flag), Some(value)) =
        (text_of(&error, ContextKind::InvalidArg), text_of(&error, ContextKind::InvalidValue))
    else {
        return Failure::Usage(one_line(&error));
    };
    // As those who parsed it saw it.
    let value = value.trim().to_owned();
    error.insert(ContextKind::InvalidValue, ContextValue::String(value.clone()));
    let variable = variable_with(&flag, &value);
    if is_in_quotation_marks(&value) {
        let flag = flag.split([' ', '[']).next().unwrap_or(&flag);
        return in_quotation_marks(variable.as_deref().unwrap_or(flag));
    }
    let message = one_line(&error);
    Failure::Usage(match variable {
        Some(variable) => message.replacen(&flag, &variable, 1),
        None => message,
    })
}

/// The parser's message without its usage: one line, as all others.
fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let said = lines.take_while(|line| {
        !line.starts_with("Usage:") && !line.starts_with("For more information")
    });
    let joined = said.collect::<Vec<_>>().join("; ").replace(":; ", ": ");
    joined.strip_prefix("error: ").unwrap_or(&joined).to_owned()
}

/// The variable of this `flag`, if the `value` is its.
fn variable_with(flag: &str, value: &str) -> Option<String> {
    let mut command = Cli::command();
    command.build();
    let variable = command
        .get_subcommands()
        .flat_map(clap::Command::get_arguments)
        .filter(|arg| arg.to_string() == flag)
        .find_map(Arg::get_env)?;
    let is_its =
        sets_something(variable) && env::var(variable).is_ok_and(|set| set.trim() == value);
    is_its.then(|| variable.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }
}
