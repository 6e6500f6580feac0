//! Chance that can be had again.

use std::env;

use fastrand::Rng;

use super::answers::after;
use crate::check::{CheckError, CheckResult};

/// The seed, if it is not to be by chance.
const VARIABLE: &str = "MFN_CONFORMANCE_SEED";

/// Numbers by chance, and what makes them the same again.
#[derive(Debug)]
pub(super) struct Chance {
    pub(super) rng: Rng,
    seed: u64,
}

impl Chance {
    /// With the seed of the variable, or any other if there is none.
    pub(super) fn new() -> CheckResult<Self> {
        let seed = match env::var(VARIABLE) {
            Ok(text) => text.parse().map_err(|_| {
                CheckError::Error(format!("{VARIABLE} is '{text}', allowed is 0 to {}", u64::MAX))
            })?,
            Err(_) => fastrand::u64(..),
        };
        Ok(Self { rng: Rng::with_seed(seed), seed })
    }

    /// What came, and if it is a failure, by which seed.
    pub(super) fn told(&self, checked: CheckResult) -> CheckResult {
        let seed = self.seed;
        checked.map_err(|error| after(&format!("choices by {VARIABLE}={seed}"), error))
    }
}
