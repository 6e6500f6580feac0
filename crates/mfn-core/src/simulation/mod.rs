//! The simulation: `spec/simulation.md`, and its states as frames:
//! `spec/streams.md`.

mod advance;
mod steps;

use crate::diffusion::Extent;
use crate::lattice::Lattice;
use crate::mask::Mask;
use crate::model::Model;
use crate::statistics::{MV_PER_V, Statistics};
use crate::turing::Turing;
use crate::words::{Purpose, Words};
use crate::{InstructionSet, SimulationParams, features};
pub use advance::Advance;

/// What can be said of one state of a simulation: the answer of
/// `RunSimulation` for the last one, a frame of `StreamSimulation` for others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Completed steps.
    pub step: u32,
    /// Growth events so far.
    pub growth_events: u32,
    /// Extremes, mean and standard deviation of the field.
    pub statistics: Statistics,
    /// Box dimension of the active mask.
    pub fractal_dimension: f64,
}

/// A simulation after some number of its steps.
///
/// It is stepped, never run anew, so a stream of frames costs what its last
/// frame costs.
///
/// On a large lattice the start, and a step with jitter, take long. A caller with
/// others waiting goes in parts:
///
/// ```
/// use mfn_core::{Simulation, SimulationParams, SimulationSettings};
///
/// let params = SimulationParams::try_from(SimulationSettings::default())?;
/// let mut simulation = Simulation::begin(params);
/// let mut advance = simulation.advance_in_parts(params.steps());
/// while !advance.is_finished() {
///     advance.part();
/// }
/// drop(advance);
/// assert_eq!(simulation.summary(), Simulation::run(params).summary());
/// # Ok::<(), mfn_core::Violations>(())
/// ```
#[derive(Clone, Debug)]
pub struct Simulation {
    params: SimulationParams,
    set: InstructionSet,
    model: Model,
    phase: Phase,
    steps_done: u32,
    growth_events: u32,
    growth: Words,
    jitter: Option<Words>,
    turing: Option<Turing>,
    field: Lattice,
    extent: Extent,
}

/// What the next part does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Gives the cells from this one on their start.
    Start(usize),
    /// Begins a step.
    Step,
    /// Gives the cells from this one on their jitter, which ends the step.
    Jitter(usize),
}

impl Simulation {
    /// The state before the first step.
    #[must_use]
    pub fn new(params: SimulationParams) -> Self {
        Self::with_instruction_set(params, InstructionSet::detect())
    }

    /// [`Self::new`], but with the vector instructions of the caller's choice.
    /// The answer does not depend on it.
    #[must_use]
    pub fn with_instruction_set(params: SimulationParams, set: InstructionSet) -> Self {
        Self::with_model(params, set, Model::STANDARD)
    }

    /// The state after the last step.
    #[must_use]
    pub fn run(params: SimulationParams) -> Self {
        let mut simulation = Self::new(params);
        simulation.advance_to(params.steps());
        simulation
    }

    pub(crate) fn with_model(params: SimulationParams, set: InstructionSet, model: Model) -> Self {
        let mut simulation = Self::begin_with(params, set, model);
        while simulation.phase != Phase::Step {
            simulation.part();
        }
        simulation
    }

    /// A simulation whose cells are still to be given their start: that is what
    /// the first parts of [`Self::advance_in_parts`] do. Until then it has no state.
    #[must_use]
    pub fn begin(params: SimulationParams) -> Self {
        Self::begin_with(params, InstructionSet::detect(), Model::STANDARD)
    }

    fn begin_with(params: SimulationParams, set: InstructionSet, model: Model) -> Self {
        let words =
            |purpose| Words::new(params.seed(), params.sample(), purpose).with_instruction_set(set);
        Self {
            params,
            set,
            model,
            phase: Phase::Start(0),
            steps_done: 0,
            growth_events: 0,
            growth: words(Purpose::Growth),
            jitter: params.quantum_jitter().then(|| words(Purpose::Jitter)),
            turing: params.turing_enabled().then(|| Turing::new(params, model, set)),
            field: Lattice::new(params.grid_size(), set),
            extent: Extent::default(),
        }
    }

    /// Makes one step, unless all are made.
    pub fn step(&mut self) {
        self.advance_to(self.steps_done.saturating_add(1));
    }

    /// Steps until `step` steps are made, or all of them.
    pub fn advance_to(&mut self, step: u32) {
        let mut advance = self.advance_in_parts(step);
        while !advance.is_finished() {
            advance.part();
        }
    }

    /// [`Self::advance_to`], in parts of about a millisecond at most. In between, the
    /// simulation has no state that can be looked at.
    pub fn advance_in_parts(&mut self, step: u32) -> Advance<'_> {
        Advance { simulation: self, step }
    }

    /// Does a part of the start or of the next step: all of it on a small lattice.
    fn part(&mut self) {
        match self.phase {
            Phase::Start(first) => {
                self.phase = self.start(first).map_or(Phase::Step, Phase::Start);
            }
            Phase::Step => {
                self.grow();
                self.diffuse();
                if self.jitter.is_some() { self.end_step(0) } else { self.steps_done += 1 }
            }
            Phase::Jitter(first) => self.end_step(first),
        }
    }

    /// The parameters it was made with.
    #[must_use]
    pub fn params(&self) -> &SimulationParams {
        &self.params
    }

    /// Completed steps.
    #[must_use]
    pub fn steps_done(&self) -> u32 {
        self.steps_done
    }

    /// Whether all steps are made.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.steps_done >= self.params.steps()
    }

    /// Growth events so far.
    #[must_use]
    pub fn growth_events(&self) -> u32 {
        self.growth_events
    }

    /// The potential of every cell in volts, row-major.
    #[must_use]
    pub fn field_v(&self) -> &[f64] {
        self.field.cells()
    }

    /// The potential of every cell in millivolts, row-major.
    #[must_use]
    pub fn field_mv(&self) -> Vec<f64> {
        self.field_v().iter().map(|v| MV_PER_V * v).collect()
    }

    /// What can be said of the present state.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let field_v = self.field_v();
        let (statistics, fractal_dimension) = self.set.run(
            #[inline(always)]
            || {
                let mask = Mask::active(field_v, self.params.grid_size());
                (Statistics::of(field_v), features::box_dimension(&mask))
            },
        );
        let Self { steps_done: step, growth_events, .. } = *self;
        Summary { step, growth_events, statistics, fractal_dimension }
    }
}
