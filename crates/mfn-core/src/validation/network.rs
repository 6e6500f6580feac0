//! The network: its layers, its loss, and the loss's gradient:
//! `spec/validation.md`.
//!
//! Attention over a sequence of one has the weight 1 whatever query and key
//! are. Both have their words in the stream, but neither an effect nor a
//! gradient, so they are not kept.

use super::data_set::INPUTS;
use super::linear::Linear;
use crate::words::{Purpose, Words};

/// Width of all layers but the last two.
const WIDTH: usize = 32;
/// Width of the last hidden layer.
const LAST_WIDTH: usize = 16;

const EMBED: Linear<INPUTS, WIDTH> = Linear::new(0, 0);
const QUERY_AND_KEY_WORDS: usize = 2 * Linear::<WIDTH, WIDTH>::SIZE;
const VALUE: Linear<WIDTH, WIDTH> =
    Linear::new(EMBED.end(), EMBED.end_word() + QUERY_AND_KEY_WORDS);
const OUTPUT: Linear<WIDTH, WIDTH> = Linear::new(VALUE.end(), VALUE.end_word());
const HIDDEN_0: Linear<WIDTH, WIDTH> = Linear::new(OUTPUT.end(), OUTPUT.end_word());
const HIDDEN_1: Linear<WIDTH, LAST_WIDTH> = Linear::new(HIDDEN_0.end(), HIDDEN_0.end_word());
const HEAD: Linear<LAST_WIDTH, 1> = Linear::new(HIDDEN_1.end(), HIDDEN_1.end_word());

/// Parameters that take part in a pass.
pub(crate) const PARAMETERS: usize = HEAD.end();

/// The network's parameters, layer after layer.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub(crate) parameters: Vec<f64>,
}

impl Network {
    /// The network before its training.
    pub(crate) fn new(seed: i64) -> Self {
        let mut parameters = vec![0.0; PARAMETERS];
        let words = &mut Words::new(seed, 0, Purpose::Network);
        EMBED.draw(words, &mut parameters);
        VALUE.draw(words, &mut parameters);
        OUTPUT.draw(words, &mut parameters);
        HIDDEN_0.draw(words, &mut parameters);
        HIDDEN_1.draw(words, &mut parameters);
        HEAD.draw(words, &mut parameters);
        Self { parameters }
    }

    /// The loss of a batch, the mean of the squared errors; its gradient by
    /// every parameter goes to `gradient`.
    #[inline(always)]
    pub(crate) fn loss(
        &self,
        inputs: &[[f64; INPUTS]],
        targets: &[f64],
        gradient: &mut [f64],
    ) -> f64 {
        let p = &self.parameters[..];
        let embedded = EMBED.forward(p, inputs);
        let values = VALUE.forward(p, &embedded);
        let attended = OUTPUT.forward(p, &values);
        let hidden_0 = relu(HIDDEN_0.forward(p, &attended));
        let hidden_1 = relu(HIDDEN_1.forward(p, &hidden_0));
        let outputs = HEAD.forward(p, &hidden_1);

        let (loss, deltas) = squared_error(&outputs, targets);
        HEAD.gradient(&hidden_1, &deltas, gradient);
        let deltas = where_positive(&hidden_1, HEAD.backward(p, &deltas));
        HIDDEN_1.gradient(&hidden_0, &deltas, gradient);
        let deltas = where_positive(&hidden_0, HIDDEN_1.backward(p, &deltas));
        HIDDEN_0.gradient(&attended, &deltas, gradient);
        let deltas = HIDDEN_0.backward(p, &deltas);
        OUTPUT.gradient(&values, &deltas, gradient);
        let deltas = OUTPUT.backward(p, &deltas);
        VALUE.gradient(&embedded, &deltas, gradient);
        let deltas = VALUE.backward(p, &deltas);
        EMBED.gradient(inputs, &deltas, gradient);
        loss
    }
}

/// The mean of the squared errors, and its gradient by the outputs.
#[inline(always)]
fn squared_error(outputs: &[[f64; 1]], targets: &[f64]) -> (f64, Vec<[f64; 1]>) {
    let batch_size = outputs.len() as f64;
    let mut deltas = outputs.to_vec();
    let mut sum = 0.0;
    for ([delta], target) in deltas.iter_mut().zip(targets) {
        let error = *delta - target;
        sum += error * error;
        *delta = 2.0 * error / batch_size;
    }
    (sum / batch_size, deltas)
}

/// What is positive, else zero.
#[inline(always)]
fn relu<const N: usize>(mut batch: Vec<[f64; N]>) -> Vec<[f64; N]> {
    for x in batch.as_flattened_mut() {
        *x = if *x > 0.0 { *x } else { 0.0 };
    }
    batch
}

/// The way back through [`relu`]: its output is positive where its input was.
#[inline(always)]
fn where_positive<const N: usize>(
    outputs: &[[f64; N]],
    mut deltas: Vec<[f64; N]>,
) -> Vec<[f64; N]> {
    for (delta, &output) in deltas.as_flattened_mut().iter_mut().zip(outputs.as_flattened()) {
        *delta = if output > 0.0 { *delta } else { 0.0 };
    }
    deltas
}
