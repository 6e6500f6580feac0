//! One linear layer: its parameters within the network's, the pass through it,
//! and the way back.
//!
//! A sum has a fixed order, so one output cannot be summed in vectors; several
//! outputs can. Hence weights lie by input here, not by output as they are
//! drawn, and the way back, whose outputs are the inputs, turns them first.

use crate::words::{Words, uniform};

/// A layer from `IN` to `OUT` numbers: `IN + 1` rows of `OUT`, the biases and
/// then each input's weights.
#[derive(Clone, Copy, Debug)]
pub(super) struct Linear<const IN: usize, const OUT: usize> {
    /// Index of its first parameter among the network's.
    first: usize,
    /// Index of its first word in the stream of the network.
    first_word: usize,
}

impl<const IN: usize, const OUT: usize> Linear<IN, OUT> {
    /// How many parameters, and words, a layer has.
    pub(super) const SIZE: usize = (IN + 1) * OUT;

    pub(super) const fn new(first: usize, first_word: usize) -> Self {
        Self { first, first_word }
    }

    /// Index of the first parameter after this layer's.
    pub(super) const fn end(self) -> usize {
        self.first + Self::SIZE
    }

    /// Index of the first word after this layer's.
    pub(super) const fn end_word(self) -> usize {
        self.first_word + Self::SIZE
    }

    /// Draws the layer's parameters: weights by output, then biases, evenly
    /// within 1 / sqrt(`IN`) of zero.
    pub(super) fn draw(self, words: &mut Words, parameters: &mut [f64]) {
        let bound = 1.0 / (IN as f64).sqrt();
        let parameter = |word| -bound + (2.0 * bound) * uniform(word);
        let mut drawn = vec![0; Self::SIZE];
        words.fill(self.first_word as u64, &mut drawn);
        let (weights, biases) = drawn.split_at(IN * OUT);
        let rows = self.rows_mut(parameters);
        for (o, weights) in weights.chunks_exact(IN).enumerate() {
            for (row, &word) in rows[1..].iter_mut().zip(weights) {
                row[o] = parameter(word);
            }
        }
        for (bias, &word) in rows[0].iter_mut().zip(biases) {
            *bias = parameter(word);
        }
    }

    /// The layer's outputs: each its bias, then `weight * x` added in order of
    /// the inputs.
    #[inline(always)]
    pub(super) fn forward(self, parameters: &[f64], batch: &[[f64; IN]]) -> Vec<[f64; OUT]> {
        let rows = self.rows(parameters);
        let mut outputs = vec![rows[0]; batch.len()];
        for (output, input) in outputs.iter_mut().zip(batch) {
            let mut sums = *output;
            for (weights, x) in rows[1..].iter().zip(input) {
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum += weight * x;
                }
            }
            *output = sums;
        }
        outputs
    }

    /// Writes the gradient of the layer's parameters, given that of its
    /// outputs: from zero, `d * x` of each sample added in order of the batch.
    #[inline(always)]
    pub(super) fn gradient(self, batch: &[[f64; IN]], deltas: &[[f64; OUT]], to: &mut [f64]) {
        let rows = self.rows_mut(to);
        rows[0] = weighted_sum(deltas, |_| 1.0);
        for (k, row) in rows[1..].iter_mut().enumerate() {
            *row = weighted_sum(
                deltas,
                #[inline(always)]
                |sample| batch[sample][k],
            );
        }
    }

    /// The gradient of the layer's inputs, given that of its outputs: from
    /// zero, `weight * d` added in order of the outputs.
    #[inline(always)]
    pub(super) fn backward(self, parameters: &[f64], deltas: &[[f64; OUT]]) -> Vec<[f64; IN]> {
        let by_output = self.weights_by_output(parameters);
        let mut gradients = vec![[0.0; IN]; deltas.len()];
        for (gradient, deltas) in gradients.iter_mut().zip(deltas) {
            let mut sums = [0.0; IN];
            for (weights, delta) in by_output.iter().zip(deltas) {
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum += weight * delta;
                }
            }
            *gradient = sums;
        }
        gradients
    }

    #[inline(always)]
    fn weights_by_output(self, parameters: &[f64]) -> [[f64; IN]; OUT] {
        let mut by_output = [[0.0; IN]; OUT];
        for (k, row) in self.rows(parameters)[1..].iter().enumerate() {
            for (weights, &weight) in by_output.iter_mut().zip(row) {
                weights[k] = weight;
            }
        }
        by_output
    }

    #[inline(always)]
    fn rows(self, parameters: &[f64]) -> &[[f64; OUT]] {
        parameters[self.first..self.end()].as_chunks().0
    }

    #[inline(always)]
    fn rows_mut(self, parameters: &mut [f64]) -> &mut [[f64; OUT]] {
        parameters[self.first..self.end()].as_chunks_mut().0
    }
}

/// From zero, `factor(sample) * d` of each sample in order.
#[inline(always)]
fn weighted_sum<const OUT: usize>(
    deltas: &[[f64; OUT]],
    factor: impl Fn(usize) -> f64,
) -> [f64; OUT] {
    let mut sums = [0.0; OUT];
    for (sample, deltas) in deltas.iter().enumerate() {
        let factor = factor(sample);
        for (sum, delta) in sums.iter_mut().zip(deltas) {
            *sum += delta * factor;
        }
    }
    sums
}
