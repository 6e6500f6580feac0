//! Which requests are made: all that a server must answer, within what the reference
//! computes in a moment.

use std::ops::RangeInclusive;

use fastrand::Rng;
use serde_json::{Map, Value};

use crate::case::Call;

/// Lattices that are all drawn, each as often as the others: 64 of them.
const SMALL: RangeInclusive<i64> = 4..=67;
/// Of so many requests one is for a larger lattice.
const LARGE_EVERY: usize = 5;
/// The edge of a larger one; the first of them is from the second range.
const LARGE: [RangeInclusive<i64>; 2] = [68..=256, 512..=1024];
/// The same of features, for which the reference takes longer than for a simulation.
const LARGE_OF_FEATURES: [RangeInclusive<i64>; 2] = [68..=136, 512..=1024];
/// The same where seventeen simulations are made.
const LARGE_OF_VALIDATION: [RangeInclusive<i64>; 2] = [68..=96, 100..=160];
/// Larger edges differ in what they leave by this: the widest vectors have 8 lanes.
const RESIDUES: i64 = 16;
/// Steps times cells of one request, of a simulation and of all in a validation.
const MAX_CELL_STEPS: i64 = 100_000;
/// One in so many requests is long: it has Turing, which kicks no cell in the first two
/// hundred steps (MFN-SIM-007), and more steps than these.
const LONG_EVERY: usize = 8;
/// The same where seventeen simulations are made.
const LONG_EVERY_OF_VALIDATION: usize = 40;
/// Lattices of long requests: half the cells of a smaller one are no more than two hundred.
const LONG: RangeInclusive<i64> = 21..=39;
/// The same where seventeen simulations are made.
const LONG_OF_VALIDATION: RangeInclusive<i64> = 21..=22;
/// Steps times cells of each simulation of a long request.
const MAX_LONG_CELL_STEPS: i64 = 400_000;
/// After so many requests the seeds are of the same kinds again. It has no factor in common
/// with `LONG_EVERY`, so that long requests are not all of one kind.
const SEED_KINDS: usize = 9;
/// Frames of a stream; of a lattice beyond the next number fewer.
const MAX_FRAMES: i64 = 12;
const MANY_FRAMES: i64 = 32;
const FEW_FRAMES: i64 = 3;
/// Fields are sent of lattices up to this.
const MAX_FIELD: i64 = 32;
const DEFAULT_STEPS: i64 = 64;
const DEFAULT_INTERVAL: i64 = 10;
/// The ends of the range of alpha, the second of which is not in it.
const ALPHA: [f64; 2] = [0.05, 0.25];

/// Requests of one method without an end.
pub(super) struct Chooser {
    method: &'static str,
    rng: Rng,
    /// Small lattices in an order by chance.
    small: Vec<i64>,
    count: usize,
}

impl Chooser {
    pub(super) fn new(method: &'static str, mut rng: Rng) -> Self {
        let mut small: Vec<_> = SMALL.collect();
        rng.shuffle(&mut small);
        let mut chooser = Self { method, rng, small, count: 0 };
        chooser.move_long_lattices();
        chooser
    }

    /// Moves lattices that can be long to the places of the long requests.
    fn move_long_lattices(&mut self) {
        let requests = self.small.len() * LARGE_EVERY / (LARGE_EVERY - 1);
        let (every, edges) = self.long();
        let places: Vec<_> =
            (0..requests).filter(|count| is_long(*count, every)).map(small_place).collect();
        for place in &places {
            if edges.contains(&self.small[*place]) {
                continue;
            }
            let from = (0..self.small.len())
                .find(|from| edges.contains(&self.small[*from]) && !places.contains(from));
            if let Some(from) = from {
                self.small.swap(*place, from);
            }
        }
    }

    /// One in how many requests is long, and of which lattices.
    fn long(&self) -> (usize, RangeInclusive<i64>) {
        if self.validates() {
            (LONG_EVERY_OF_VALIDATION, LONG_OF_VALIDATION)
        } else {
            (LONG_EVERY, LONG)
        }
    }

    fn is_long(&self) -> bool {
        is_long(self.count, self.long().0)
    }

    fn validates(&self) -> bool {
        self.method.ends_with("ValidatePattern")
    }

    fn large(&self) -> [RangeInclusive<i64>; 2] {
        if self.validates() {
            LARGE_OF_VALIDATION
        } else if self.method.ends_with("Features") {
            LARGE_OF_FEATURES
        } else {
            LARGE
        }
    }

    fn streams(&self) -> bool {
        self.method.contains("/Stream")
    }

    fn grid(&mut self) -> i64 {
        if !is_large(self.count) {
            return self.small[small_place(self.count) % self.small.len()];
        }
        let large = self.count / LARGE_EVERY;
        let [larger, largest] = self.large();
        let range = if large == 0 { largest } else { larger };
        let residue = large as i64 % RESIDUES;
        let edge = self.rng.i64(range.clone());
        let edge = edge - edge % RESIDUES + residue;
        // Still in the range, and with the same residue.
        if edge < *range.start() {
            edge + RESIDUES
        } else if edge > *range.end() {
            edge - RESIDUES
        } else {
            edge
        }
    }

    fn seed(&mut self) -> i32 {
        match self.count % SEED_KINDS {
            0 => i32::MIN,
            1 => i32::MAX,
            2 => -1,
            3 => self.rng.i32(-100..100),
            _ => self.rng.i32(..),
        }
    }

    /// At most half as many as there are cells: by then the field is not yet so even
    /// that what is left of it is rounding, of which another implementation within
    /// 1e-9 has another.
    fn steps(&mut self, grid: i64) -> i64 {
        let cells = grid * grid;
        let simulations = if self.validates() { 17 } else { 1 };
        if self.is_long() {
            return (MAX_LONG_CELL_STEPS / cells).min(cells / 2);
        }
        let most = (MAX_CELL_STEPS / (cells * simulations)).clamp(1, cells / 2);
        self.rng.i64(1..=most)
    }

    fn alpha(&mut self) -> Option<f64> {
        let [least, end] = ALPHA;
        match self.rng.u8(0..8) {
            0 => None,
            1 => Some(least),
            2 => Some(end.next_down()),
            _ => Some((least + (end - least) * self.rng.f64()).clamp(least, end.next_down())),
        }
    }

    fn spike_probability(&mut self) -> Option<f64> {
        match self.rng.u8(0..8) {
            0 => None,
            1 => Some(0.0),
            2 => Some(1.0),
            _ => Some(self.rng.f64()),
        }
    }

    fn interval(&mut self, grid: i64, steps: i64) -> i64 {
        let most = if grid > MANY_FRAMES { FEW_FRAMES } else { MAX_FRAMES };
        self.rng.i64((steps + most - 1) / most..=steps + 2)
    }

    fn request(&mut self) -> Map<String, Value> {
        let grid = self.grid();
        let (steps, is_long) = (self.steps(grid), self.is_long());
        let mut fields = Map::new();
        let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        set("seed", self.seed().into());
        set("grid_size", grid.into());
        // What is at its default may also be left out.
        if steps != DEFAULT_STEPS {
            set("steps", steps.into());
        }
        set("turing_enabled", (is_long || self.rng.bool()).into());
        if self.validates() {
            set("epochs", self.rng.i64(1..=5).into());
            set("batch_size", self.rng.i64(1..=20).into());
            set("quantum_jitter", self.rng.bool().into());
            return fields;
        }
        if let Some(alpha) = self.alpha() {
            set("alpha", alpha.into());
        }
        if let Some(probability) = self.spike_probability() {
            set("spike_probability", probability.into());
        }
        if self.streams() {
            let interval = self.interval(grid, steps);
            if interval != DEFAULT_INTERVAL {
                set("stream_interval", interval.into());
            }
        }
        if self.method.ends_with("Simulation") && grid <= MAX_FIELD && self.rng.u8(0..4) == 0 {
            set("include_field", true.into());
        }
        fields
    }
}

/// Whether this request is for a larger lattice.
fn is_large(count: usize) -> bool {
    count % LARGE_EVERY == LARGE_EVERY - 1
}

/// Whether this one is long.
fn is_long(count: usize, every: usize) -> bool {
    count.is_multiple_of(every) && !is_large(count)
}

/// How many requests for small lattices are before this one.
fn small_place(count: usize) -> usize {
    count - count / LARGE_EVERY
}

impl Iterator for Chooser {
    type Item = Call;

    fn next(&mut self) -> Option<Call> {
        let request = self.request();
        self.count += 1;
        Some(Call { method: self.method.to_owned(), request: Some(request), ..Call::default() })
    }
}
