//! The variables of this process, not all of which set something.

use std::env;
use std::ffi::OsStr;

use clap::Command;
use clap::builder::Resettable;

use crate::service_link::is_service_link;

/// `command`, without the variables that set nothing.
pub(crate) fn without_variables_that_set_nothing(command: Command) -> Command {
    command.mut_subcommands(|command| {
        command.mut_args(|arg| {
            if arg.get_env().is_none_or(sets_something) { arg } else { arg.env(Resettable::Reset) }
        })
    })
}

/// Whether the variable sets something. An empty one is as good as none: it is how
/// a shell, a compose file or a printed configuration leaves a setting open.
pub(crate) fn sets_something(variable: &OsStr) -> bool {
    let Some(value) = env::var_os(variable) else { return false };
    let texts = variable.to_str().zip(value.to_str());
    texts.is_none_or(|(name, value)| !value.trim().is_empty() && !is_service_link(name, value))
}
