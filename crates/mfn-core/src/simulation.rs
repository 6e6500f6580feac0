//! The simulation: `spec/simulation.md`, and its states as frames:
//! `spec/streams.md`.

use crate::diffusion::{BOUNDS_V, Extent, diffuse};
use crate::exact_math::clamp;
use crate::lattice::Lattice;
use crate::mask::Mask;
use crate::model::Model;
use crate::statistics::{MV_PER_V, Statistics};
use crate::turing::Turing;
use crate::words::{Purpose, Words, below, uniform};
use crate::{InstructionSet, SimulationParams, features, normal};

/// Mean of the field's start, in volts.
const REST_V: f64 = -0.07;
/// Standard deviation of the field's start, in volts.
const START_STD_V: f64 = 0.005;
/// Mean of what a growth event adds to its cell, in volts.
const SPIKE_V: f64 = 0.02;
/// Standard deviation of what a growth event adds, in volts.
const SPIKE_STD_V: f64 = 0.005;
/// Variance of the jitter of a cell in one step, in square volts.
const JITTER_VARIANCE: f64 = 0.0005;
/// Words of the growth stream that belong to one step, used or not.
const GROWTH_WORDS_A_STEP: u64 = 4;
/// Most cells that get a random number in one part of a start or of a step. Tests
/// have many parts on small lattices.
const PART_CELLS: usize = if cfg!(test) { 1 << 9 } else { 1 << 15 };

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

/// A simulation on its way to a step. When this is dropped, the simulation is where it
/// has come to.
#[derive(Debug)]
pub struct Advance<'a> {
    simulation: &'a mut Simulation,
    step: u32,
}

impl Advance<'_> {
    /// Whether the step is reached, or all steps are made.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        let Simulation { phase, steps_done, .. } = *self.simulation;
        let is_begun = !matches!(phase, Phase::Start(_));
        is_begun && (steps_done >= self.step || self.simulation.is_finished())
    }

    /// Completed steps.
    #[must_use]
    pub fn steps_done(&self) -> u32 {
        self.simulation.steps_done
    }

    /// Does a part of the way: all of a step on a small lattice, else about a
    /// millisecond's work at most. Does nothing at the end of the way.
    pub fn part(&mut self) {
        if !self.is_finished() {
            self.simulation.part();
        }
    }
}

impl Drop for Advance<'_> {
    fn drop(&mut self) {
        self.simulation.field.put_in_order();
    }
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

    /// Gives the cells from `first` on their start, up to the one that it returns.
    fn start(&mut self, first: usize) -> Option<usize> {
        let Self { params, set, field, turing, .. } = self;
        let words = Words::new(params.seed(), params.sample(), Purpose::Field);
        let (cells, next) = part_of(field.cells_mut(), first);
        normal::renew(
            *set,
            &words,
            first as u64,
            cells,
            #[inline(always)]
            |_, normal| REST_V + START_STD_V * normal,
        );
        if let Some(turing) = turing {
            turing.start(first, next);
        }
        next
    }

    /// Gives the cells from `first` on their jitter, and ends the step with the
    /// last one.
    fn end_step(&mut self, first: usize) {
        let Self { set, field, jitter, .. } = self;
        let cells = field.cells_mut();
        let cells_a_step = cells.len();
        let (cells, next) = part_of(cells, first);
        if let Some(words) = jitter {
            let words_before = u64::from(self.steps_done) * cells_a_step as u64;
            let std_v = JITTER_VARIANCE.sqrt();
            let (low, high) = BOUNDS_V;
            normal::renew(
                *set,
                words,
                words_before + first as u64,
                cells,
                #[inline(always)]
                |v, normal| clamp(v + std_v * normal, low, high),
            );
        }
        self.steps_done += u32::from(next.is_none());
        self.phase = next.map_or(Phase::Step, Phase::Jitter);
    }

    /// At most one cell a step grows.
    fn grow(&mut self) {
        let first = GROWTH_WORDS_A_STEP * u64::from(self.steps_done);
        let mut draw = |k| self.growth.at(first + k);
        let [chance, row, column, height] = [draw(0), draw(1), draw(2), draw(3)];
        if uniform(chance) < self.params.spike_probability() {
            let n = self.params.grid_size();
            let [row, column] = [row, column].map(|word| below(word, n as u64) as usize);
            let spike = SPIKE_V + SPIKE_STD_V * normal::normal(height);
            self.extent.include(self.field.add(row, column, spike));
            self.growth_events += 1;
        }
    }

    /// Diffusion, and what may act on its result before the bounds do. With jitter
    /// the bounds act after it.
    fn diffuse(&mut self) {
        let Self { set, field, extent, turing, jitter, model, steps_done, params, .. } = self;
        let alpha = params.alpha();
        let acting = turing.as_mut().and_then(|turing| turing.activator_if_acting(*steps_done + 1));
        if acting.is_none() && jitter.is_none() {
            extent.diffuse_within_bounds(*set, field, alpha);
            return;
        }
        diffuse(*set, field, alpha);
        extent.forget();
        if let Some(activator) = acting {
            kick(field.cells_mut(), activator, *model);
        }
        if jitter.is_none() {
            hold_within_bounds(field.cells_mut());
        }
    }
}

/// The cells of one part from `first` on, and where the next part begins.
fn part_of(cells: &mut [f64], first: usize) -> (&mut [f64], Option<usize>) {
    let end = cells.len().min(first + PART_CELLS);
    let next = (end < cells.len()).then_some(end);
    (&mut cells[first..end], next)
}

fn hold_within_bounds(cells: &mut [f64]) {
    for v in cells {
        *v = clamp(*v, BOUNDS_V.0, BOUNDS_V.1);
    }
}

fn kick(field: &mut [f64], activator: &[f64], model: Model) {
    for (v, &a) in field.iter_mut().zip(activator) {
        if a > model.activation_threshold {
            *v += model.kick_v;
        }
    }
}
