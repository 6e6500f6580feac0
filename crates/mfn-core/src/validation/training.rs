//! The training: epochs, their shuffled batches, and the losses on the way:
//! `spec/validation.md`.

use super::ValidationParams;
use super::adam::Adam;
use super::data_set::{INPUTS, SAMPLES, Sample};
use super::network::{Network, PARAMETERS};
use crate::InstructionSet;
use crate::words::{Purpose, Words, below};

/// The losses of a training's first and last batch, each before its update.
#[derive(Clone, Copy, Debug)]
pub(super) struct Losses {
    pub(super) start: f64,
    pub(super) last: f64,
}

/// Trains a new network on `samples`.
pub(super) fn train(params: &ValidationParams, samples: &[Sample], set: InstructionSet) -> Losses {
    let mut network = Network::new(params.seed());
    let mut adam = Adam::new(PARAMETERS);
    let mut gradient = vec![0.0; PARAMETERS];
    let mut order = Order::new(params.seed());
    let mut start = None;
    let mut last = 0.0;
    for _ in 0..params.epochs() {
        for batch in order.shuffle().chunks(params.batch_size()) {
            let inputs: Vec<[f64; INPUTS]> = batch.iter().map(|&k| samples[k].input()).collect();
            let targets: Vec<f64> = batch.iter().map(|&k| samples[k].target()).collect();
            last = set.run(
                #[inline(always)]
                || {
                    let loss = network.loss(&inputs, &targets, &mut gradient);
                    adam.update(&mut network.parameters, &gradient);
                    loss
                },
            );
            start.get_or_insert(last);
        }
    }
    Losses { start: start.unwrap_or(last), last }
}

/// The order of the data set, which each epoch shuffles further.
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
