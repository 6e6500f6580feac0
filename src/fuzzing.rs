//! What a fuzz target reaches of the inside: `mfn serve` up to where it would start.
//!
//! It is no part of what is promised, and only the feature `fuzzing` has it.

use std::ffi::OsString;

use mfn_server::Config;

use crate::cli::{Command, parse_from};
use crate::failure::Failure;
use crate::settings::{Settings, Source, Value};

/// What `mfn serve` would start with.
#[derive(Debug)]
pub struct Applied {
    /// The configuration of the server.
    pub config: Config,
    /// What was set by a flag, by its name with the two dashes; no value that is a secret.
    pub given: Vec<(String, Option<String>)>,
}

/// What `mfn serve` with these `arguments` would start with; nothing if it was asked for
/// its help.
///
/// # Errors
/// It would not start: what it says.
pub fn serve(arguments: &[String]) -> Result<Option<Applied>, String> {
    let all = ["mfn", "serve"].into_iter().chain(arguments.iter().map(String::as_str));
    let applied =
        parse_from(all.map(OsString::from)).and_then(|(command, settings)| match command {
            Command::Serve(serve) => serve.applied(settings).map(Some),
            _ => Ok(None),
        });
    match applied {
        Ok(applied) => {
            Ok(applied.map(|(config, settings)| Applied { config, given: given(&settings) }))
        }
        Err(Failure::Told(_)) => Ok(None),
        Err(failure) => Err(failure.to_string()),
    }
}

fn given(settings: &Settings) -> Vec<(String, Option<String>)> {
    let given = settings.iter().filter(|setting| setting.source == Source::Flag);
    let values = given.map(|setting| {
        let value = match &setting.value {
            Some(Value::Text(text)) => Some(text.clone()),
            Some(Value::Secret) | None => None,
        };
        (setting.flag.clone(), value)
    });
    values.collect()
}
