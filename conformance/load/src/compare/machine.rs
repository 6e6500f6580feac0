//! What a comparison was run on and with, so that only like is compared with like.

use std::num::NonZeroUsize;
use std::{fs, thread};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A machine, as far as a measurement depends on it.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Machine {
    /// Model of the CPU; `unknown` where the system does not say it.
    pub cpu: String,
    /// Cores that this program may use.
    pub cores: usize,
    /// The system and the version of its kernel.
    pub kernel: String,
}

impl Machine {
    /// This one.
    pub(super) fn this() -> Self {
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let mut fields = cpus.lines().filter_map(|line| line.split_once(':'));
        let model = fields.find(|(key, _)| key.trim() == "model name");
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            cpu: model.map_or("unknown", |(_, model)| model.trim()).to_owned(),
            cores: thread::available_parallelism().map_or(1, NonZeroUsize::get),
            kernel: format!("{} {}", std::env::consts::OS, release.trim()).trim().to_owned(),
        }
    }
}
