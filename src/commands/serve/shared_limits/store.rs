//! The store, of a program that can talk to one.

use std::sync::Arc;

use mfn_server::{SharedLimitsConfig, read_regular_file};
use mfn_shared_limits::{Address, StartError, StoreLimits};

use super::{CA_PATH, SharedLimitsFlags, unusable};
use crate::commands::serve::cannot_start::cannot_start_thread;
use crate::failure::Failure;

/// Longest file of roots. Those that the whole web trusts have a quarter of it.
const MAX_ROOTS_BYTES: u64 = 1024 * 1024;

impl SharedLimitsFlags {
    /// Connects to the store at `url`, which `setting` gives.
    pub(super) fn connect(&self, setting: &str, url: &str) -> Result<SharedLimitsConfig, Failure> {
        let address = Address::parse(url).map_err(|error| {
            Failure::Usage(format!("{setting} gives no address of a store: {error}"))
        })?;
        let roots = self.ca_path.as_deref().map(|path| {
            let roots = read_regular_file(path, MAX_ROOTS_BYTES);
            roots.map_err(|error| unusable(CA_PATH, path, &error))
        });
        let roots = roots.transpose()?;
        if roots.is_some() && !address.has_tls() {
            return Err(Failure::Usage(format!(
                "{CA_PATH} needs rediss:// in {setting}, which is TLS"
            )));
        }
        let store = StoreLimits::connect(address, roots.as_deref());
        let store = store.map_err(|error| match (error, &self.ca_path) {
            (StartError::Roots(error), Some(path)) => unusable(CA_PATH, path, &error),
            (StartError::Roots(error), None) => Failure::Usage(format!(
                "{setting} asks for TLS, for which {CA_PATH} must name a file of roots on this \
                 machine: {error}"
            )),
            (StartError::Thread(error), _) => cannot_start_thread(StoreLimits::THREAD, &error),
        })?;
        Ok(SharedLimitsConfig { store: Arc::new(store), fallback: self.fallback })
    }
}
