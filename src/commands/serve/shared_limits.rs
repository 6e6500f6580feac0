//! Limits that replicas share: where the store is, and what holds without it.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use mfn_server::{
    SharedLimitsConfig, SharedLimitsFallback, read_regular_file, warn_if_all_can_read,
};

use super::values::{path, shared_limits_fallback};
use crate::failure::Failure;
use crate::flags::Unprinted;

#[cfg(feature = "shared-limits")]
mod store;

const URL: &str = "MFN_GRPC_SHARED_LIMITS_URL (--shared-limits-url)";
const URL_FILE: &str = "MFN_GRPC_SHARED_LIMITS_URL_FILE (--shared-limits-url-file)";
/// Longest file of a URL.
const MAX_URL_BYTES: u64 = 4096;
const CA_PATH: &str = "MFN_GRPC_SHARED_LIMITS_CA_PATH (--shared-limits-ca-path)";

/// The settings of a server that shares its limits.
#[derive(Debug, Args)]
pub(super) struct SharedLimitsFlags {
    // The text is no documentation, which would want the URLs marked.
    #[arg(
        help = "Redis or Valkey that counts each key's calls for all replicas: redis://HOST, or \
                  rediss://USER:PASSWORD@HOST:PORT/DATABASE with TLS"
    )]
    #[arg(long = "shared-limits-url", env = "MFN_GRPC_SHARED_LIMITS_URL", hide_env_values = true)]
    #[arg(id = "shared_limits_url", value_name = "URL")]
    url: Option<Unprinted>,

    /// File of that URL, if it has a password
    #[arg(long = "shared-limits-url-file", env = "MFN_GRPC_SHARED_LIMITS_URL_FILE")]
    #[arg(id = "shared_limits_url_file", hide_env_values = true, value_name = "FILE")]
    #[arg(value_parser = path())]
    url_file: Option<PathBuf>,

    /// PEM file of roots, one of which its certificate must have [default: those of this
    /// machine]
    #[arg(long = "shared-limits-ca-path", env = "MFN_GRPC_SHARED_LIMITS_CA_PATH")]
    #[arg(id = "shared_limits_ca_path", hide_env_values = true, value_name = "FILE")]
    #[arg(value_parser = path())]
    ca_path: Option<PathBuf>,

    /// What holds while it does not answer: local limits of each replica, or refuse
    #[arg(long = "shared-limits-fallback", env = "MFN_GRPC_SHARED_LIMITS_FALLBACK")]
    #[arg(id = "shared_limits_fallback", hide_env_values = true, value_name = "WHAT")]
    #[arg(default_value = "local", value_parser = shared_limits_fallback)]
    fallback: SharedLimitsFallback,
}

impl SharedLimitsFlags {
    /// Begins to share limits, if that is asked for.
    ///
    /// # Errors
    /// What is given is not where a store can be, or this program cannot share limits.
    pub(super) fn start(&self) -> Result<Option<SharedLimitsConfig>, Failure> {
        match (&self.url, &self.url_file) {
            (Some(Unprinted(url)), None) => self.connect(URL, url).map(Some),
            (None, Some(path)) => self.connect(URL_FILE, &url_of(path)?).map(Some),
            (Some(_), Some(_)) => {
                Err(Failure::Usage(format!("{URL} and {URL_FILE} are both given: leave one out")))
            }
            // Roots for a store that there is not may be meant for one that was forgotten.
            (None, None) if self.ca_path.is_some() => {
                Err(Failure::Usage(format!("{CA_PATH} needs {URL} beside it")))
            }
            (None, None) => Ok(None),
        }
    }

    #[cfg(not(feature = "shared-limits"))]
    #[expect(clippy::unused_self, reason = "with the feature it is used")]
    fn connect(&self, setting: &str, _url: &str) -> Result<SharedLimitsConfig, Failure> {
        Err(Failure::Usage(format!(
            "{setting} needs a program that can share limits, and this one cannot: build it with \
             `cargo build --release --features shared-limits`"
        )))
    }
}

/// The URL in a file, whose last line an editor has ended.
fn url_of(path: &Path) -> Result<String, Failure> {
    let bytes = read_regular_file(path, MAX_URL_BYTES);
    let bytes = bytes.map_err(|error| unusable(URL_FILE, path, &error))?;
    warn_if_all_can_read(path, "the password of the store of shared limits");
    let text = String::from_utf8(bytes).map(|text| text.trim().to_owned());
    text.map_err(|_| unusable(URL_FILE, path, &"it is no text in UTF-8"))
}

fn unusable(setting: &str, path: &Path, why: &dyn fmt::Display) -> Failure {
    Failure::Usage(format!("{setting} is '{}', which cannot be used: {why}", path.display()))
}
