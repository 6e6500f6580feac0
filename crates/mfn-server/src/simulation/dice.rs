//! What chance decides in one schedule. The same seed decides the same, on every machine.

use std::ops::RangeInclusive;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Dice of its own for a part of the schedule, which then does not change with how often
    /// another part throws.
    pub(super) fn split(&mut self) -> Self {
        Self::new(self.0.next_u64())
    }

    pub(super) fn between(&mut self, range: RangeInclusive<u64>) -> u64 {
        range.start() + self.0.next_u64() % (range.end() - range.start() + 1)
    }

    /// Whether something happens that happens so many times of a hundred.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.between(0..=99) < percent
    }

    pub(super) fn millis(&mut self, range: RangeInclusive<u64>) -> Duration {
        Duration::from_millis(self.between(range))
    }

    pub(super) fn pick<T: Clone>(&mut self, among: &[T]) -> T {
        among[self.between(0..=among.len() as u64 - 1) as usize].clone()
    }

    /// Something of `weighted`, each as often as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, weighted: &[(u64, T)]) -> T {
        let total: u64 = weighted.iter().map(|(weight, _)| weight).sum();
        let mut thrown = self.between(0..=total - 1);
        for (weight, value) in weighted {
            if thrown < *weight {
                return *value;
            }
            thrown -= weight;
        }
        unreachable!("{thrown} is below the sum of what was taken from it")
    }
}
