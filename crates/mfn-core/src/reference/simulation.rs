//! `spec/simulation.md`, number by number.

use super::words::{Stream, below, normal, uniform};

/// Parameters, all admissible.
#[derive(Clone, Copy, Debug)]
pub struct Parameters {
    /// Seed of all words.
    pub seed: i64,
    /// Which sample's streams: 256 * sub + base.
    pub sub: u64,
    /// Cells along one edge.
    pub n: usize,
    /// Diffusion coefficient.
    pub alpha: f64,
    /// Spike probability.
    pub p: f64,
    /// Turing on or off.
    pub turing: bool,
    /// Jitter on or off.
    pub jitter: bool,
}

/// The constants of the Turing part, which tests change.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Threshold of the activator.
    pub theta: f64,
    /// Turing kick, V.
    pub kick: f64,
    /// Reaction rate of the activator.
    pub r_a: f64,
    /// Reaction rate of the inhibitor.
    pub r_i: f64,
}

/// The constants that the spec gives.
pub const MODEL: Model = Model { theta: 0.75, kick: 0.005, r_a: 0.01, r_i: 0.02 };

/// The three lattices and what has happened so far.
#[derive(Clone, Debug)]
pub struct Simulation {
    parameters: Parameters,
    model: Model,
    growth: Stream,
    jitter: Stream,
    t: u64,
    /// Growth events so far.
    pub growth_events: u32,
    /// Potential, V.
    pub v: Vec<f64>,
    a: Vec<f64>,
    i: Vec<f64>,
}

impl Simulation {
    /// The start.
    #[must_use]
    pub fn new(parameters: Parameters, model: Model) -> Self {
        let cells = (parameters.n * parameters.n) as u64;
        let stream = |base| Stream::new(parameters.seed, 256 * parameters.sub + base);
        let (mut field, mut activator, mut inhibitor) = (stream(0), stream(1), stream(2));
        Self {
            parameters,
            model,
            growth: stream(3),
            jitter: stream(4),
            t: 0,
            growth_events: 0,
            v: (0..cells).map(|c| -0.07 + 0.005 * normal(field.word(c))).collect(),
            a: (0..cells).map(|c| 0.1 * uniform(activator.word(c))).collect(),
            i: (0..cells).map(|c| 0.1 * uniform(inhibitor.word(c))).collect(),
        }
    }

    /// Step t.
    pub fn step(&mut self) {
        let Parameters { n, alpha, p, turing, jitter, .. } = self.parameters;
        if uniform(self.growth.word(4 * self.t)) < p {
            let row = below(self.growth.word(4 * self.t + 1), n as u64) as usize;
            let column = below(self.growth.word(4 * self.t + 2), n as u64) as usize;
            let spike = 0.02 + 0.005 * normal(self.growth.word(4 * self.t + 3));
            self.v[row * n + column] += spike;
            self.growth_events += 1;
        }
        let mut v = self.v.clone();
        for (c, v) in v.iter_mut().enumerate() {
            *v += alpha * laplacian(&self.v, n, c);
        }
        if turing {
            self.react(&mut v);
        }
        if jitter {
            for (c, v) in (0..).zip(&mut v) {
                let word = self.jitter.word(self.t * (n * n) as u64 + c);
                *v += 0.0005_f64.sqrt() * normal(word);
            }
        }
        self.v = v.iter().map(|&v| hold(v, -0.095, 0.040)).collect();
        self.t += 1;
    }

    /// The activator, the inhibitor, and what they do to the new potential.
    fn react(&mut self, v: &mut [f64]) {
        let n = self.parameters.n;
        let Model { theta, kick, r_a, r_i } = self.model;
        let (a, i) = (self.a.clone(), self.i.clone());
        for (c, v) in v.iter_mut().enumerate() {
            let da = 0.1 * laplacian(&a, n, c);
            let da = da + r_a * (a[c] * (1.0 - a[c]) - i[c]);
            let di = 0.05 * laplacian(&i, n, c);
            let di = di + r_i * (a[c] - i[c]);
            let (a, i) = (a[c] + da, i[c] + di);
            if a > theta {
                *v += kick;
            }
            self.a[c] = hold(a, 0.0, 1.0);
            self.i[c] = hold(i, 0.0, 1.0);
        }
    }
}

/// Up, down, left, right, and four times the cell itself.
fn laplacian(x: &[f64], n: usize, c: usize) -> f64 {
    let (i, j) = (c / n, c % n);
    let up = x[(i + n - 1) % n * n + j];
    let down = x[(i + 1) % n * n + j];
    let left = x[i * n + (j + n - 1) % n];
    let right = x[i * n + (j + 1) % n];
    (((up + down) + left) + right) - 4.0 * x[c]
}

/// `x`, but not below `low` and not above `high`.
fn hold(x: f64, low: f64, high: f64) -> f64 {
    if x < low {
        low
    } else if x > high {
        high
    } else {
        x
    }
}
