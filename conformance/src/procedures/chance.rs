//! Chance that can be had again.

use fastrand::Rng;

use super::Context;
use super::answers::after;
use crate::check::{CheckError, CheckResult};

/// Numbers by chance, and what makes them the same again.
#[derive(Debug)]
pub(super) struct Chance {
    pub(super) rng: Rng,
    seed: u64,
}

impl Chance {
    /// By the seed of the run.
    pub(super) fn new(context: &Context<'_>) -> Self {
        let seed = context.draws.seed();
        Self { rng: Rng::with_seed(seed), seed }
    }

    /// What came, and if it is a failure, by which seed.
    pub(super) fn told(&self, checked: CheckResult) -> CheckResult {
        checked.map_err(|error| by_seed(self.seed, error))
    }
}

/// What failed, and by which seed it was chosen.
pub(super) fn by_seed(seed: u64, error: CheckError) -> CheckError {
    after(&format!("choices by --seed {seed}"), error)
}
