//! Checked parameters: what is out of range is refused here, all of it at
//! once, and nothing after this can fail.

use std::fmt;
use std::num::NonZeroU32;

/// Cells along one edge of the lattice.
pub const GRID_SIZE_MIN: i32 = 4;
/// See [`GRID_SIZE_MIN`].
pub const GRID_SIZE_MAX: i32 = 1024;
/// Steps of a simulation.
pub const STEPS_MIN: i32 = 1;
/// See [`STEPS_MIN`].
pub const STEPS_MAX: i32 = 10_000;
/// Diffusion coefficient of the potential: included lower end.
pub const ALPHA_MIN: f64 = 0.05;
/// Diffusion coefficient of the potential: excluded upper end. At it a
/// chequerboard no longer decays, and above it one grows.
pub const ALPHA_LIMIT: f64 = 0.25;
/// Steps between two frames of a stream.
pub const STREAM_INTERVAL_MIN: i32 = 1;
/// See [`STREAM_INTERVAL_MIN`].
pub const STREAM_INTERVAL_MAX: i32 = 10_000;

/// One value that is out of its range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The parameter's name, which is also its field name on the wire.
    pub field: &'static str,
    /// The value as it came.
    pub value: String,
    /// What is allowed, e.g. `4..=1024`.
    pub allowed: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, value, allowed } = self;
        write!(f, "{field} is {value}, allowed is {allowed}")
    }
}

/// Every value of a request that is out of its range, in the order checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// The single violations; never empty.
    #[must_use]
    pub fn as_slice(&self) -> &[Violation] {
        &self.0
    }

    /// What two checks gave, or what both found.
    ///
    /// # Errors
    /// The violations of the first, then those of the second.
    pub fn both<A, B>(first: Result<A, Self>, second: Result<B, Self>) -> Result<(A, B), Self> {
        match (first, second) {
            (Ok(first), Ok(second)) => Ok((first, second)),
            (Err(mut first), Err(second)) => {
                first.0.extend(second.0);
                Err(first)
            }
            (Err(only), Ok(_)) | (Ok(_), Err(only)) => Err(only),
        }
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, violation) in self.0.iter().enumerate() {
            let separator = if n == 0 { "" } else { "; " };
            write!(f, "{separator}{violation}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

/// Collects violations, so that a caller hears of all of them at once.
#[derive(Debug, Default)]
pub struct Checks(Vec<Violation>);

impl Checks {
    /// Notes a violation unless `ok`.
    pub fn require(
        &mut self,
        ok: bool,
        field: &'static str,
        value: impl fmt::Display,
        allowed: impl fmt::Display,
    ) {
        if !ok {
            let (value, allowed) = (value.to_string(), allowed.to_string());
            self.0.push(Violation { field, value, allowed });
        }
    }

    /// Notes a violation unless `value` is in `min..=max`.
    pub fn integer(&mut self, field: &'static str, value: i32, min: i32, max: i32) {
        self.require((min..=max).contains(&value), field, value, format_args!("{min}..={max}"));
    }

    /// `Ok` if nothing was out of range.
    ///
    /// # Errors
    /// All violations noted so far.
    pub fn finish(self) -> Result<(), Violations> {
        if self.0.is_empty() { Ok(()) } else { Err(Violations(self.0)) }
    }
}

/// A simulation's parameters as a caller states them, not yet checked.
///
/// The default is the model's own: 64 x 64 cells, 64 steps, alpha 0.18, spike
/// probability 0.25, seed 0, both switches off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimulationSettings {
    /// Seed of all random words. Every value is allowed.
    pub seed: i64,
    /// Cells along one edge of the lattice, 4..=1024.
    pub grid_size: i32,
    /// Steps, 1..=10000.
    pub steps: i32,
    /// Diffusion coefficient of the potential (no unit), [0.05, 0.25).
    pub alpha: f64,
    /// Probability of a growth event in one step, [0, 1].
    pub spike_probability: f64,
    /// Whether the activator and inhibitor lattices act on the field.
    pub turing_enabled: bool,
    /// Whether each cell gets Gaussian noise at each step.
    pub quantum_jitter: bool,
}

impl Default for SimulationSettings {
    fn default() -> Self {
        Self {
            seed: 0,
            grid_size: 64,
            steps: 64,
            alpha: 0.18,
            spike_probability: 0.25,
            turing_enabled: false,
            quantum_jitter: false,
        }
    }
}

/// Checked parameters of one simulation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimulationParams {
    seed: i64,
    sample: u32,
    grid_size: usize,
    steps: u32,
    alpha: f64,
    spike_probability: f64,
    turing_enabled: bool,
    quantum_jitter: bool,
}

impl TryFrom<SimulationSettings> for SimulationParams {
    type Error = Violations;

    /// # Errors
    /// Names every parameter that is out of range; NaN and infinities are.
    fn try_from(s: SimulationSettings) -> Result<Self, Violations> {
        let mut checks = Checks::default();
        checks.integer("grid_size", s.grid_size, GRID_SIZE_MIN, GRID_SIZE_MAX);
        checks.integer("steps", s.steps, STEPS_MIN, STEPS_MAX);
        let alpha_ok = (ALPHA_MIN..ALPHA_LIMIT).contains(&s.alpha);
        let alpha = format_args!("{:?}", s.alpha);
        checks.require(alpha_ok, "alpha", alpha, format_args!("[{ALPHA_MIN}, {ALPHA_LIMIT})"));
        let probability_ok = (0.0..=1.0).contains(&s.spike_probability);
        let probability = format_args!("{:?}", s.spike_probability);
        checks.require(probability_ok, "spike_probability", probability, "[0, 1]");
        checks.finish()?;
        Ok(Self {
            seed: s.seed,
            sample: 0,
            grid_size: s.grid_size as usize,
            steps: s.steps as u32,
            alpha: s.alpha,
            spike_probability: s.spike_probability,
            turing_enabled: s.turing_enabled,
            quantum_jitter: s.quantum_jitter,
        })
    }
}

impl SimulationParams {
    /// The same simulation with the words of data-set sample `sample` (`sub`
    /// in the spec), 0 being a request's own simulation.
    #[must_use]
    pub fn with_sample(self, sample: u32) -> Self {
        Self { sample, ..self }
    }

    /// Seed of all random words.
    #[must_use]
    pub fn seed(&self) -> i64 {
        self.seed
    }

    /// Which sample's words are drawn; see [`Self::with_sample`].
    #[must_use]
    pub fn sample(&self) -> u32 {
        self.sample
    }

    /// Cells along one edge of the lattice, 4..=1024.
    #[must_use]
    pub fn grid_size(&self) -> usize {
        self.grid_size
    }

    /// Steps, 1..=10000.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Diffusion coefficient of the potential, [0.05, 0.25).
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Probability of a growth event in one step, [0, 1].
    #[must_use]
    pub fn spike_probability(&self) -> f64 {
        self.spike_probability
    }

    /// Whether the activator and inhibitor lattices act on the field.
    #[must_use]
    pub fn turing_enabled(&self) -> bool {
        self.turing_enabled
    }

    /// Whether each cell gets Gaussian noise at each step.
    #[must_use]
    pub fn quantum_jitter(&self) -> bool {
        self.quantum_jitter
    }
}

/// Steps between two frames of a stream, 1..=10000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameInterval(NonZeroU32);

impl TryFrom<i32> for FrameInterval {
    type Error = Violations;

    fn try_from(interval: i32) -> Result<Self, Violations> {
        let mut checks = Checks::default();
        checks.integer("stream_interval", interval, STREAM_INTERVAL_MIN, STREAM_INTERVAL_MAX);
        checks.finish()?;
        Ok(Self(NonZeroU32::new(interval as u32).unwrap_or(NonZeroU32::MIN)))
    }
}

impl FrameInterval {
    /// The steps after which a simulation of `steps` steps shows a frame:
    /// every interval, and always the end.
    pub fn frames(self, steps: u32) -> impl Iterator<Item = u32> {
        let interval = self.0.get();
        (1..=steps.div_ceil(interval)).map(move |frame| frame.saturating_mul(interval).min(steps))
    }
}
