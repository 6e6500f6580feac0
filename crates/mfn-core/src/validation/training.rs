//! The training: epochs, their shuffled batches, the losses on the way, and
//! what is concluded from them: `spec/validation.md`.

use super::adam::Adam;
use super::data_set::{INPUTS, SAMPLES, Sample, potential_range_v};
use super::network::{Network, PARAMETERS};
use super::{SIMULATIONS, Validation, ValidationParams, ifs, nernst};
use crate::InstructionSet;
use crate::statistics::MV_PER_V;
use crate::words::{Purpose, Words, below};

/// The training of the network on a data set, epoch by epoch.
///
/// For callers with somebody waiting: between two epochs they can look whether
/// the answer is still wanted. [`Validation::conclude`] trains all at once.
#[derive(Clone, Debug)]
pub struct Training {
    params: ValidationParams,
    samples: [Sample; SIMULATIONS],
    set: InstructionSet,
    network: Network,
    adam: Adam,
    gradient: Vec<f64>,
    order: Order,
    epochs_done: u32,
    first_loss: Option<f64>,
    last_loss: f64,
}

impl Training {
    /// A network that is still to be trained, given a sample of each of
    /// [`ValidationParams::simulations`] at its end, in their order.
    #[must_use]
    pub fn new(params: &ValidationParams, samples: &[Sample; SIMULATIONS]) -> Self {
        Self::with_instruction_set(params, samples, InstructionSet::detect())
    }

    pub(super) fn with_instruction_set(
        params: &ValidationParams,
        samples: &[Sample; SIMULATIONS],
        set: InstructionSet,
    ) -> Self {
        Self {
            params: *params,
            samples: *samples,
            set,
            network: Network::new(params.seed()),
            adam: Adam::new(PARAMETERS),
            gradient: vec![0.0; PARAMETERS],
            order: Order::new(params.seed()),
            epochs_done: 0,
            first_loss: None,
            last_loss: 0.0,
        }
    }

    /// Whether all epochs of its parameters are done.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.epochs_done >= self.params.epochs()
    }

    /// Trains for one more epoch: each sample of the data set once. Does
    /// nothing when the training is finished.
    pub fn epoch(&mut self) {
        if self.is_finished() {
            return;
        }
        for batch in self.order.shuffle().chunks(self.params.batch_size()) {
            let samples = || batch.iter().map(|&k| &self.samples[k]);
            let inputs: Vec<[f64; INPUTS]> = samples().map(Sample::input).collect();
            let targets: Vec<f64> = samples().map(Sample::target).collect();
            let Self { network, adam, gradient, .. } = self;
            let loss = self.set.run(
                #[inline(always)]
                || {
                    let loss = network.loss(&inputs, &targets, gradient);
                    adam.update(&mut network.parameters, gradient);
                    loss
                },
            );
            self.first_loss.get_or_insert(loss);
            self.last_loss = loss;
        }
        self.epochs_done += 1;
    }

    /// Trains for the epochs that are left, and concludes.
    #[must_use]
    pub fn conclude(mut self) -> Validation {
        while !self.is_finished() {
            self.epoch();
        }
        let [data_set @ .., example] = &self.samples;
        let (min_v, max_v) = potential_range_v(data_set);
        let loss_start = self.first_loss.unwrap_or(self.last_loss);
        Validation {
            loss_start,
            loss_final: self.last_loss,
            loss_drop: loss_start - self.last_loss,
            pot_min_mv: MV_PER_V * min_v,
            pot_max_mv: MV_PER_V * max_v,
            example_fractal_dim: example.fractal_dimension,
            lyapunov_exponent: ifs::lyapunov_exponent(self.params.example_seed()),
            growth_events: example.growth_events,
            nernst_symbolic_mv: nernst::symbolic_mv(),
            nernst_numeric_mv: nernst::numeric_mv(),
        }
    }
}

/// The order of the data set, which each epoch shuffles further.
#[derive(Clone, Debug)]
struct Order {
    places: [usize; SAMPLES],
    words: Words,
    next_word: u64,
}

impl Order {
    fn new(seed: i64) -> Self {
        let words = Words::new(seed, 0, Purpose::Shuffle);
        Self { places: std::array::from_fn(|k| k), words, next_word: 0 }
    }

    /// The next epoch's order: Fisher-Yates from the last place down (Knuth,
    /// The Art of Computer Programming 2, algorithm 3.4.2P).
    fn shuffle(&mut self) -> &[usize] {
        for i in (1..SAMPLES).rev() {
            let j = below(self.words.at(self.next_word), i as u64 + 1);
            self.next_word += 1;
            self.places.swap(i, j as usize);
        }
        &self.places
    }
}
