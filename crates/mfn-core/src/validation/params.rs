//! Checked parameters of a validation: `spec/validation.md`.

use super::data_set::SAMPLES;
use crate::params::Checks;
use crate::{SimulationParams, SimulationSettings, Violations};

/// Passes over the data set.
pub const EPOCHS_MIN: i32 = 1;
/// See [`EPOCHS_MIN`].
pub const EPOCHS_MAX: i32 = 100;
/// Samples in a batch. The data set has 16, so more than that means all.
pub const BATCH_SIZE_MIN: i32 = 1;
/// See [`BATCH_SIZE_MIN`].
pub const BATCH_SIZE_MAX: i32 = 64;

/// Simulations of one validation: the samples, then the example.
pub const SIMULATIONS: usize = SAMPLES + 1;

/// A validation's parameters as a caller states them, not yet checked.
///
/// The default is seed 0, 1 epoch, batches of 4, 64 x 64 cells, 64 steps, both
/// switches off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidationSettings {
    /// Seed of the data set and the network; the example has the next one.
    /// Every value is allowed.
    pub seed: i32,
    /// Passes over the data set, 1..=100.
    pub epochs: i32,
    /// Samples in a batch, 1..=64.
    pub batch_size: i32,
    /// Cells along one edge of the lattice, 4..=1024.
    pub grid_size: i32,
    /// Steps of each simulation, 1..=10000.
    pub steps: i32,
    /// Whether the activator and inhibitor lattices act on the field.
    pub turing_enabled: bool,
    /// Whether each cell gets Gaussian noise at each step.
    pub quantum_jitter: bool,
}

impl Default for ValidationSettings {
    fn default() -> Self {
        Self {
            seed: 0,
            epochs: 1,
            batch_size: 4,
            grid_size: 64,
            steps: 64,
            turing_enabled: false,
            quantum_jitter: false,
        }
    }
}

/// Checked parameters of one validation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValidationParams {
    epochs: u32,
    batch_size: usize,
    data_set: SimulationParams,
    example: SimulationParams,
}

impl TryFrom<ValidationSettings> for ValidationParams {
    type Error = Violations;

    /// # Errors
    /// Names every parameter that is out of range.
    fn try_from(s: ValidationSettings) -> Result<Self, Violations> {
        // Alpha and the spike probability are always the model's own.
        let simulation = |seed| {
            SimulationParams::try_from(SimulationSettings {
                seed,
                grid_size: s.grid_size,
                steps: s.steps,
                turing_enabled: s.turing_enabled,
                quantum_jitter: s.quantum_jitter,
                ..SimulationSettings::default()
            })
        };
        let seed = i64::from(s.seed);
        let mut checks = Checks::default();
        checks.integer("epochs", s.epochs, EPOCHS_MIN, EPOCHS_MAX);
        checks.integer("batch_size", s.batch_size, BATCH_SIZE_MIN, BATCH_SIZE_MAX);
        let ((), data_set) = Violations::both(checks.finish(), simulation(seed))?;
        Ok(Self {
            epochs: s.epochs as u32,
            batch_size: s.batch_size as usize,
            data_set,
            example: simulation(seed + 1)?,
        })
    }
}

impl ValidationParams {
    /// The simulations that a validation is made from: the data set's samples
    /// in order, then the example. None depends on another.
    #[must_use]
    pub fn simulations(&self) -> [SimulationParams; SIMULATIONS] {
        std::array::from_fn(|k| {
            if k < SAMPLES { self.data_set.with_sample(k as u32 + 1) } else { self.example }
        })
    }

    /// Seed of the data set and the network.
    #[must_use]
    pub fn seed(&self) -> i64 {
        self.data_set.seed()
    }

    /// Seed of the example and the iterated function system: the next one.
    #[must_use]
    pub fn example_seed(&self) -> i64 {
        self.example.seed()
    }

    /// Passes over the data set, 1..=100.
    #[must_use]
    pub fn epochs(&self) -> u32 {
        self.epochs
    }

    /// Samples in a batch, 1..=64.
    #[must_use]
    pub fn batch_size(&self) -> usize {
        self.batch_size
    }

    /// Cells along one edge of the lattice, 4..=1024.
    #[must_use]
    pub fn grid_size(&self) -> usize {
        self.data_set.grid_size()
    }

    /// Steps of each simulation, 1..=10000.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.data_set.steps()
    }

    /// Whether the activator and inhibitor lattices act on the field.
    #[must_use]
    pub fn turing_enabled(&self) -> bool {
        self.data_set.turing_enabled()
    }

    /// Whether each cell gets Gaussian noise at each step.
    #[must_use]
    pub fn quantum_jitter(&self) -> bool {
        self.data_set.quantum_jitter()
    }
}
