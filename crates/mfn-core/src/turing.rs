//! The activator and inhibitor lattices: `spec/simulation.md`.
//!
//! They act on the field only where the activator passes a threshold, and
//! they never feel the field. So they are stepped only until it is proved that
//! they do not act before the end: a step raises the largest activator by at most
//! the factor `1 + activator_rate`, and it starts below a tenth.

use pulp::Simd;

use crate::exact_math::ln;
use crate::lattice::Lattice;
use crate::model::Model;
use crate::statistics::extremes;
use crate::stencil::{Rule, hold, sweep};
use crate::words::{Purpose, Words, uniform};
use crate::{InstructionSet, SimulationParams};

/// Diffusion coefficient of the activator.
const ACTIVATOR_DIFFUSION: f64 = 0.1;
/// Diffusion coefficient of the inhibitor.
const INHIBITOR_DIFFUSION: f64 = 0.05;
/// Both lattices start below this.
const START_LIMIT: f64 = 0.1;
/// The bound on the activator's growth allows for rounding by this factor,
/// some 10^8 times what rounding can do.
const ROUNDING_ALLOWANCE: f64 = 1.000_001;

#[derive(Clone, Debug)]
pub(crate) struct Turing {
    set: InstructionSet,
    model: Model,
    params: SimulationParams,
    /// Activator and inhibitor; none if they cannot act before the end.
    lattices: Option<(Lattice, Lattice)>,
    /// Steps that the lattices have made.
    steps_done: u32,
    /// From `steps_done` until this many steps, no activator passes the
    /// threshold. A later time is not ruled out, nor implied.
    quiet_until: u32,
}

impl Turing {
    pub(crate) fn new(params: SimulationParams, model: Model, set: InstructionSet) -> Self {
        let quiet_until = model.quiet_steps(START_LIMIT);
        let lattice = || Lattice::new(params.grid_size(), set);
        let lattices = (quiet_until < params.steps()).then(|| (lattice(), lattice()));
        Self { set, model, params, lattices, steps_done: 0, quiet_until }
    }

    /// Gives the cells from `first` on their start, up to `end` or all.
    pub(crate) fn start(&mut self, first: usize, end: Option<usize>) {
        let Some((activator, inhibitor)) = &mut self.lattices else { return };
        let params = self.params;
        for (lattice, purpose) in [(activator, Purpose::Activator), (inhibitor, Purpose::Inhibitor)]
        {
            let mut words = Words::new(params.seed(), params.sample(), purpose);
            let cells = lattice.cells_mut();
            let end = end.unwrap_or(cells.len());
            for (c, cell) in (first as u64..).zip(&mut cells[first..end]) {
                *cell = START_LIMIT * uniform(words.at(c));
            }
        }
    }

    /// The activator after `steps` steps, or `None` if none of its cells is
    /// above the threshold then. `steps` is 1 in the first call and rises by 1
    /// from call to call, so that no call makes more than one step.
    pub(crate) fn activator_if_acting(&mut self, steps: u32) -> Option<&[f64]> {
        if self.quiet_until < self.params.steps() {
            self.step();
        }
        let acting = self.quiet_until < steps;
        let (activator, inhibitor) = self.lattices.as_mut().filter(|_| acting)?;
        // Both, so that the next sweep goes the same way over both.
        inhibitor.put_in_order();
        activator.put_in_order();
        Some(activator.cells())
    }

    fn step(&mut self) {
        let Some((activator, inhibitor)) = &mut self.lattices else { return };
        let (set, model) = (self.set, self.model);
        sweep(set, [activator, inhibitor], Reaction(model));
        let (_, largest) = set.run(
            #[inline(always)]
            || extremes(activator.cells_and_padding()),
        );
        self.steps_done += 1;
        if largest <= model.activation_threshold {
            self.quiet_until = self.steps_done.saturating_add(model.quiet_steps(largest));
        }
    }
}

impl Model {
    /// For how many more steps no activator can pass the threshold, if none
    /// is above `largest` now.
    pub(crate) fn quiet_steps(&self, largest: f64) -> u32 {
        let growth = (1.0 + self.activator_rate) * ROUNDING_ALLOWANCE;
        // A quotient below zero or without bound becomes the nearest u32.
        (ln(self.activation_threshold / largest) / ln(growth)) as u32
    }
}

/// Diffusion and reaction of activator and inhibitor.
struct Reaction(Model);

impl Rule<2> for Reaction {
    #[inline(always)]
    fn renew<S: Simd>(
        &self,
        simd: S,
        [a, i]: [S::f64s; 2],
        [l_a, l_i]: [S::f64s; 2],
    ) -> [S::f64s; 2] {
        let logistic = simd.mul_f64s(a, simd.sub_f64s(simd.splat_f64s(1.0), a));
        let reaction = scaled(simd, self.0.activator_rate, simd.sub_f64s(logistic, i));
        let da = simd.add_f64s(scaled(simd, ACTIVATOR_DIFFUSION, l_a), reaction);
        let reaction = scaled(simd, self.0.inhibitor_rate, simd.sub_f64s(a, i));
        let di = simd.add_f64s(scaled(simd, INHIBITOR_DIFFUSION, l_i), reaction);
        [hold(simd, simd.add_f64s(a, da), (0.0, 1.0)), hold(simd, simd.add_f64s(i, di), (0.0, 1.0))]
    }
}

#[inline(always)]
fn scaled<S: Simd>(simd: S, factor: f64, x: S::f64s) -> S::f64s {
    simd.mul_f64s(simd.splat_f64s(factor), x)
}
