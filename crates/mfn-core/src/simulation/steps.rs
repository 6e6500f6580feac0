//! What a simulation's start and its steps do to the field: `spec/simulation.md`.

use super::{Phase, Simulation};
use crate::diffusion::{BOUNDS_V, diffuse};
use crate::exact_math::clamp;
use crate::model::Model;
use crate::normal;
use crate::words::{Purpose, Words, below, uniform};

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

impl Simulation {
    /// Gives the cells from `first` on their start, up to the one that it returns.
    pub(super) fn start(&mut self, first: usize) -> Option<usize> {
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
    pub(super) fn end_step(&mut self, first: usize) {
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
    pub(super) fn grow(&mut self) {
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
    pub(super) fn diffuse(&mut self) {
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
