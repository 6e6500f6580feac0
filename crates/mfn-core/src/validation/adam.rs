//! Adam (Kingma and Ba, ICLR 2015, arXiv:1412.6980), in the order of
//! operations of `spec/validation.md`.

const LEARNING_RATE: f64 = 1e-3;
/// Decay of the gradient's running mean.
const BETA_1: f64 = 0.9;
/// Decay of the squared gradient's running mean.
const BETA_2: f64 = 0.999;
/// Keeps a step finite where the gradient has always been zero.
const EPSILON: f64 = 1e-8;

/// Running means of each parameter's gradient and of its square.
#[derive(Clone, Debug)]
pub(super) struct Adam {
    first_moments: Vec<f64>,
    second_moments: Vec<f64>,
    /// The betas to the power of the updates so far.
    beta_1_power: f64,
    beta_2_power: f64,
}

impl Adam {
    /// Before the first update.
    pub(super) fn new(parameters: usize) -> Self {
        Self {
            first_moments: vec![0.0; parameters],
            second_moments: vec![0.0; parameters],
            beta_1_power: 1.0,
            beta_2_power: 1.0,
        }
    }

    /// One update of all parameters along their gradient.
    #[inline(always)]
    pub(super) fn update(&mut self, parameters: &mut [f64], gradient: &[f64]) {
        self.beta_1_power *= BETA_1;
        self.beta_2_power *= BETA_2;
        let rate = LEARNING_RATE / (1.0 - self.beta_1_power);
        let root_of_bias = (1.0 - self.beta_2_power).sqrt();
        let moments = self.first_moments.iter_mut().zip(&mut self.second_moments);
        for ((p, &g), (m, v)) in parameters.iter_mut().zip(gradient).zip(moments) {
            *m = BETA_1 * *m + (1.0 - BETA_1) * g;
            *v = BETA_2 * *v + (1.0 - BETA_2) * g * g;
            *p -= rate * *m / (v.sqrt() / root_of_bias + EPSILON);
        }
    }
}
