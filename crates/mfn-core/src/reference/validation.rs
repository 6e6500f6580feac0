//! `spec/validation.md`, number by number.

use std::f64::consts::TAU;

use super::simulation::{MODEL, Parameters, Simulation};
use super::statistics::{box_dimension, mean_v, sum8};
use super::words::{Stream, below, uniform};

/// Parameters, all admissible.
#[derive(Clone, Copy, Debug)]
pub struct ValidationParameters {
    /// Seed s.
    pub seed: i64,
    /// Epochs E.
    pub epochs: usize,
    /// Batch size B.
    pub batch: usize,
    /// Cells along one edge.
    pub n: usize,
    /// Steps T.
    pub steps: u32,
    /// Turing on or off.
    pub turing: bool,
    /// Jitter on or off.
    pub jitter: bool,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Validation {
    /// Loss of the first batch.
    pub loss_start: f64,
    /// Loss of the last batch.
    pub loss_final: f64,
    /// Their difference.
    pub loss_drop: f64,
    /// Smallest potential of the data set, mV.
    pub pot_min_mv: f64,
    /// Largest potential of the data set, mV.
    pub pot_max_mv: f64,
    /// D of the example.
    pub example_fractal_dim: f64,
    /// Lyapunov exponent of the iterated function system.
    pub lyapunov_exponent: f64,
    /// Growth events of the example.
    pub growth_events: u32,
    /// Nernst potential, from two logarithms, mV.
    pub nernst_symbolic_mv: f64,
    /// Nernst potential, from one logarithm, mV.
    pub nernst_numeric_mv: f64,
}

/// All of it.
#[must_use]
pub fn validation(p: ValidationParameters) -> Validation {
    let fields: Vec<Vec<f64>> = (1..=16).map(|sub| simulation(p, p.seed, sub).v).collect();
    let x: Vec<[f64; 4]> = fields.iter().map(|field| input(field, p.n)).collect();
    let losses = train(p, &x);
    let (first, last) = (losses[0], losses[losses.len() - 1]);
    let mv: Vec<f64> = fields.iter().flatten().map(|v| 1000.0 * v).collect();
    let example = simulation(p, p.seed + 1, 0);
    let rt_over_zf = (8.314 * 310.0) / (1.0 * 96_485.332_12);
    Validation {
        loss_start: first,
        loss_final: last,
        loss_drop: first - last,
        pot_min_mv: mv.iter().fold(mv[0], |a, &b| if b < a { b } else { a }),
        pot_max_mv: largest(&mv),
        example_fractal_dim: input(&example.v, p.n)[0],
        lyapunov_exponent: lyapunov_exponent(p.seed + 1),
        growth_events: example.growth_events,
        nernst_symbolic_mv: 1000.0 * (rt_over_zf * (pxfm::f_log(5e-3) - pxfm::f_log(140e-3))),
        nernst_numeric_mv: 1000.0 * (rt_over_zf * pxfm::f_log(5e-3 / 140e-3)),
    }
}

/// Alpha 0.18 and p 0.25 throughout.
fn simulation(p: ValidationParameters, seed: i64, sub: u64) -> Simulation {
    let ValidationParameters { n, turing, jitter, .. } = p;
    let parameters = Parameters { seed, sub, n, alpha: 0.18, p: 0.25, turing, jitter };
    let mut simulation = Simulation::new(parameters, MODEL);
    for _ in 0..p.steps {
        simulation.step();
    }
    simulation
}

/// x = (D, 100 mean, 100 std, 100 max).
fn input(v: &[f64], n: usize) -> [f64; 4] {
    let mask: Vec<bool> = v.iter().map(|&v| v > -0.060).collect();
    let mean = mean_v(v);
    let squares: Vec<f64> = v.iter().map(|v| (v - mean) * (v - mean)).collect();
    let std = (sum8(&squares) / (n * n) as f64).sqrt();
    [box_dimension(&mask, n), 100.0 * mean, 100.0 * std, 100.0 * largest(v)]
}

fn largest(x: &[f64]) -> f64 {
    x.iter().fold(x[0], |a, &b| if b > a { b } else { a })
}

/// One linear layer.
#[derive(Clone)]
struct Layer {
    /// Weights, `[out][in]`.
    w: Vec<Vec<f64>>,
    /// Biases.
    b: Vec<f64>,
}

impl Layer {
    /// All parameters from `next`, in the order in which they are drawn.
    fn new(inputs: usize, outputs: usize, mut next: impl FnMut() -> f64) -> Self {
        let mut w = vec![vec![0.0; inputs]; outputs];
        for w in w.iter_mut().flatten() {
            *w = next();
        }
        Self { w, b: (0..outputs).map(|_| next()).collect() }
    }

    fn zeros_like(&self) -> Self {
        Self::new(self.w[0].len(), self.b.len(), || 0.0)
    }

    fn parameters(&mut self) -> impl Iterator<Item = &mut f64> {
        self.w.iter_mut().flatten().chain(&mut self.b)
    }
}

/// The layers in the order of the pass; query and key are drawn and dropped.
fn network(seed: i64) -> Vec<Layer> {
    let sizes = [(4, 32), (32, 32), (32, 32), (32, 32), (32, 32), (32, 32), (32, 16), (16, 1)];
    let mut stream = Stream::new(seed, 6);
    let mut k = 0;
    let mut layers = Vec::new();
    for (inputs, outputs) in sizes {
        let b = 1.0 / (inputs as f64).sqrt();
        layers.push(Layer::new(inputs, outputs, || {
            k += 1;
            -b + (2.0 * b) * uniform(stream.word(k - 1))
        }));
    }
    layers.drain(1..3);
    layers
}

/// Whether a `ReLU` follows this layer of the pass: h0 and h1.
fn has_relu(layer: usize) -> bool {
    layer == 3 || layer == 4
}

/// What each layer takes, and at the end what the last one gives.
fn pass(layers: &[Layer], x: &[f64]) -> Vec<Vec<f64>> {
    let mut through = vec![x.to_vec()];
    for (l, layer) in layers.iter().enumerate() {
        let mut y = layer.b.clone();
        for (o, y) in y.iter_mut().enumerate() {
            for (k, x) in through[l].iter().enumerate() {
                *y += layer.w[o][k] * x;
            }
            if has_relu(l) && *y <= 0.0 {
                *y = 0.0;
            }
        }
        through.push(y);
    }
    through
}

/// Adds one sample's gradient, given that of the network's output.
fn add_gradient(layers: &[Layer], through: &[Vec<f64>], d_out: f64, sums: &mut [Layer]) {
    let mut d = vec![d_out];
    for l in (0..layers.len()).rev() {
        let x = &through[l];
        for (o, d) in d.iter().enumerate() {
            for (k, x) in x.iter().enumerate() {
                sums[l].w[o][k] += d * x;
            }
            sums[l].b[o] += d;
        }
        let mut d_in = vec![0.0; x.len()];
        for (k, d_in) in d_in.iter_mut().enumerate() {
            for (o, d) in d.iter().enumerate() {
                *d_in += layers[l].w[o][k] * d;
            }
            if l > 0 && has_relu(l - 1) && x[k] <= 0.0 {
                *d_in = 0.0;
            }
        }
        d = d_in;
    }
}

/// The loss of every batch, before its update.
fn train(p: ValidationParameters, x: &[[f64; 4]]) -> Vec<f64> {
    let mut layers = network(p.seed);
    let zeros: Vec<Layer> = layers.iter().map(Layer::zeros_like).collect();
    let (mut m, mut v) = (zeros.clone(), zeros.clone());
    let mut beta_powers = (1.0, 1.0);
    let mut stream = Stream::new(p.seed, 7);
    let mut next_word = 0;
    let mut order: Vec<usize> = (0..16).collect();
    let mut losses = Vec::new();
    for _ in 0..p.epochs {
        for i in (1..=15).rev() {
            let j = below(stream.word(next_word), i as u64 + 1) as usize;
            next_word += 1;
            order.swap(i, j);
        }
        for batch in order.chunks(p.batch) {
            let size = batch.len() as f64;
            let mut g = zeros.clone();
            let mut loss = 0.0;
            for &k in batch {
                let [x0, x1, x2, _] = x[k];
                let y = 0.5 * x0 + 0.2 * x1 - 0.1 * x2;
                let through = pass(&layers, &x[k]);
                let e = through[layers.len()][0] - y;
                loss += e * e;
                add_gradient(&layers, &through, 2.0 * e / size, &mut g);
            }
            losses.push(loss / size);
            beta_powers = (beta_powers.0 * 0.9, beta_powers.1 * 0.999);
            for l in 0..layers.len() {
                adam(&mut layers[l], &mut g[l], &mut m[l], &mut v[l], beta_powers);
            }
        }
    }
    losses
}

/// One update of one layer; the powers are 0.9^t and 0.999^t.
fn adam(p: &mut Layer, g: &mut Layer, m: &mut Layer, v: &mut Layer, powers: (f64, f64)) {
    let gradient = p.parameters().zip(g.parameters());
    for ((p, g), (m, v)) in gradient.zip(m.parameters().zip(v.parameters())) {
        *m = 0.9 * *m + (1.0 - 0.9) * *g;
        *v = 0.999 * *v + (1.0 - 0.999) * *g * *g;
        let denominator = v.sqrt() / (1.0 - powers.1).sqrt() + 1e-8;
        *p -= (1e-3 / (1.0 - powers.0)) * *m / denominator;
    }
}

/// From stream 5: four maps, then a thousand picks.
fn lyapunov_exponent(seed: i64) -> f64 {
    let mut stream = Stream::new(seed, 5);
    let mut sum = 0.0;
    for k in 0..1000 {
        let map = below(stream.word(16 + k), 4);
        let scale = 0.2 + 0.3 * uniform(stream.word(4 * map));
        let angle = TAU * uniform(stream.word(4 * map + 1));
        let (c, q) = (scale * pxfm::f_cos(angle), scale * pxfm::f_sin(angle));
        sum += pxfm::f_log((c * c + q * q).abs());
    }
    sum / 1000.0
}
