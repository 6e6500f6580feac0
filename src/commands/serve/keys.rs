//! The keys of a server, from wherever they are.

use std::collections::HashSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use mfn_access::{KeySettings, Limits, Secret, key_file};
use mfn_server::{read_regular_file, warn_if_all_can_read};

use super::values::path;
use crate::failure::Failure;
use crate::flags::Unprinted;
use crate::settings::{Settings, Source, in_quotation_marks, is_in_quotation_marks};

const LIST: &str = "MFN_API_KEYS (--api-keys)";
const ONE: &str = "MFN_API_KEY (--api-key)";
const FILE: &str = "MFN_API_KEYS_FILE (--api-keys-file)";

/// Where keys come from. All that are given are taken together, once
/// [`KeyFlags::leave_out_callers_key`] has seen to the variable that callers use.
#[derive(Debug, Args)]
pub(super) struct KeyFlags {
    /// Keys with which calls are signed, with commas between them
    #[arg(long = "api-keys", env = "MFN_API_KEYS", hide_env_values = true, value_name = "KEYS")]
    list: Option<Unprinted>,

    /// One such key; the variable is read where there are no others
    #[arg(long = "api-key", env = "MFN_API_KEY", hide_env_values = true, value_name = "KEY")]
    one: Option<Unprinted>,

    /// TOML file of keys with ids, scopes and limits; read again on SIGHUP
    #[arg(long = "api-keys-file", env = "MFN_API_KEYS_FILE", hide_env_values = true)]
    #[arg(value_name = "FILE", value_parser = path())]
    file: Option<PathBuf>,
}

impl KeyFlags {
    /// Whether there is something to read again.
    pub(super) fn has_file(&self) -> bool {
        self.file.is_some()
    }

    /// Warns if everyone may read the file.
    pub(super) fn warn_if_all_can_read_file(&self) {
        if let Some(path) = &self.file {
            warn_if_all_can_read(path, "the keys");
        }
    }

    /// Leaves the variable `MFN_API_KEY` out where there are other keys. It is the
    /// one that `mfn sign` signs with, so it may be there for that alone.
    pub(super) fn leave_out_callers_key(&mut self, settings: &mut Settings) {
        let has_others = self.list.is_some() || self.has_file();
        if has_others && settings.source("MFN_API_KEY") == Source::Variable {
            self.one = None;
            settings.leave_out("MFN_API_KEY");
        }
    }

    /// The names of the settings that are given.
    pub(super) fn sources(&self) -> String {
        self.given().collect::<Vec<_>>().join(" and ")
    }

    /// The same, each by its flag if it was given by that, and else by its variable.
    pub(super) fn given_by(&self, settings: &Settings) -> String {
        let variables = self.given().filter_map(|name| name.split(' ').next());
        variables.map(|name| settings.given_by(name)).collect::<Vec<_>>().join(" and ")
    }

    fn given(&self) -> impl Iterator<Item = &'static str> {
        let all = [(LIST, self.list.is_some()), (ONE, self.one.is_some()), (FILE, self.has_file())];
        all.into_iter().filter_map(|(name, is_given)| is_given.then_some(name))
    }

    /// All keys; those that say nothing of limits have `limits`.
    ///
    /// # Errors
    /// One is no key, or the file cannot be read or is no file of keys.
    pub(super) fn read(&self, limits: Limits) -> Result<Vec<KeySettings>, Failure> {
        let mut secrets = Vec::new();
        if let Some(Unprinted(list)) = &self.list {
            let numbered = list.split(',').map(str::trim).zip(1..);
            secrets.extend(numbered.map(|(secret, n)| (secret, format!("{LIST}: key {n}"))));
        }
        if let Some(Unprinted(secret)) = &self.one {
            secrets.push((secret, ONE.to_owned()));
        }
        // Who signs calls and who serves them may share a variable.
        let mut given = HashSet::new();
        secrets.retain(|(secret, _)| given.insert(*secret));
        let keys = secrets.iter().map(|(secret, place)| bare(secret, limits, place));
        let mut keys = keys.collect::<Result<Vec<_>, _>>()?;
        if let Some(path) = &self.file {
            keys.extend(from_file(path, limits)?);
        }
        Ok(keys)
    }
}

fn bare(secret: &str, limits: Limits, place: &str) -> Result<KeySettings, Failure> {
    if is_in_quotation_marks(secret) {
        return Err(in_quotation_marks(place));
    }
    let secret = Secret::new(secret).map_err(|bad| Failure::Usage(format!("{place} {bad}")))?;
    Ok(KeySettings::bare(secret, limits))
}

fn from_file(path: &Path, limits: Limits) -> Result<Vec<KeySettings>, Failure> {
    let refused = |why: &dyn fmt::Display| {
        Failure::Usage(format!("{FILE} is '{}', which cannot be used: {why}", path.display()))
    };
    let text = read(path).map_err(|error| refused(&error))?;
    key_file::parse(&text, limits).map_err(|error| refused(&error))
}

fn read(path: &Path) -> io::Result<String> {
    let bytes = read_regular_file(path, key_file::MAX_FILE_BYTES)?;
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is no text in UTF-8"))
}
