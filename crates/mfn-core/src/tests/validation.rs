//! Validation: known answers, the fast code against `reference`, and what must
//! hold of any answer.

use proptest::prelude::*;
use serde::Deserialize;

use super::known_answers::section;
use crate::validation::network::{Network, PARAMETERS};
use crate::validation::{SIMULATIONS, Sample};
use crate::words::{Purpose, Words, below, uniform};
use crate::{
    InstructionSet, Simulation, SimulationParams, SimulationSettings, Validation, ValidationParams,
    ValidationSettings, reference,
};

#[derive(Deserialize)]
struct Known {
    request: KnownRequest,
    result: KnownResult,
}

#[derive(Deserialize)]
struct KnownRequest {
    seed: i32,
    epochs: i32,
    batch_size: i32,
    grid_size: i32,
    steps: i32,
    turing_enabled: bool,
    quantum_jitter: bool,
}

#[derive(Deserialize)]
struct KnownResult {
    loss_start: f64,
    loss_final: f64,
    loss_drop: f64,
    #[serde(rename = "pot_min_mV")]
    pot_min_mv: f64,
    #[serde(rename = "pot_max_mV")]
    pot_max_mv: f64,
    example_fractal_dim: f64,
    lyapunov_exponent: f64,
    growth_events: f64,
    #[serde(rename = "nernst_symbolic_mV")]
    nernst_symbolic_mv: f64,
    #[serde(rename = "nernst_numeric_mV")]
    nernst_numeric_mv: f64,
}

/// All of an answer, comparable to the last bit.
type Bits = [u64; 10];

impl KnownResult {
    fn bits(&self) -> Bits {
        [
            self.loss_start,
            self.loss_final,
            self.loss_drop,
            self.pot_min_mv,
            self.pot_max_mv,
            self.example_fractal_dim,
            self.lyapunov_exponent,
            self.growth_events,
            self.nernst_symbolic_mv,
            self.nernst_numeric_mv,
        ]
        .map(f64::to_bits)
    }
}

fn bits(v: &Validation) -> Bits {
    [
        v.loss_start,
        v.loss_final,
        v.loss_drop,
        v.pot_min_mv,
        v.pot_max_mv,
        v.example_fractal_dim,
        v.lyapunov_exponent,
        f64::from(v.growth_events),
        v.nernst_symbolic_mv,
        v.nernst_numeric_mv,
    ]
    .map(f64::to_bits)
}

fn plain_bits(params: &ValidationParams) -> Bits {
    let v = reference::validation(reference::ValidationParameters {
        seed: params.seed(),
        epochs: params.epochs() as usize,
        batch: params.batch_size(),
        n: params.grid_size(),
        steps: params.steps(),
        turing: params.turing_enabled(),
        jitter: params.quantum_jitter(),
    });
    [
        v.loss_start,
        v.loss_final,
        v.loss_drop,
        v.pot_min_mv,
        v.pot_max_mv,
        v.example_fractal_dim,
        v.lyapunov_exponent,
        f64::from(v.growth_events),
        v.nernst_symbolic_mv,
        v.nernst_numeric_mv,
    ]
    .map(f64::to_bits)
}

fn admissible(settings: ValidationSettings) -> ValidationParams {
    ValidationParams::try_from(settings).expect("admissible settings")
}

/// Admissible settings whose simulations cost little.
fn settings() -> impl Strategy<Value = ValidationSettings> {
    let seed = prop_oneof![8 => any::<i32>(), 1 => Just(i32::MAX), 1 => Just(i32::MIN)];
    let batch_size = prop_oneof![4 => 1..=17, 1 => Just(64)];
    (seed, 1..=4, batch_size, 4..=24, 1..=12, any::<[bool; 2]>()).prop_map(
        |(seed, epochs, batch_size, grid_size, steps, [turing_enabled, quantum_jitter])| {
            ValidationSettings {
                seed,
                epochs,
                batch_size,
                grid_size,
                steps,
                turing_enabled,
                quantum_jitter,
            }
        },
    )
}

// shows MFN-VAL-001, MFN-VAL-002, MFN-VAL-003, MFN-VAL-004, MFN-VAL-005, MFN-VAL-006, MFN-VAL-007,
// MFN-VAL-008, MFN-VAL-009, MFN-VAL-010, MFN-VAL-011, MFN-VAL-012, MFN-VAL-013
#[test]
fn known_answers() {
    for Known { request, result } in section::<Vec<Known>>("validation") {
        let params = admissible(ValidationSettings {
            seed: request.seed,
            epochs: request.epochs,
            batch_size: request.batch_size,
            grid_size: request.grid_size,
            steps: request.steps,
            turing_enabled: request.turing_enabled,
            quantum_jitter: request.quantum_jitter,
        });
        assert_eq!(plain_bits(&params), result.bits(), "reference {params:?}");
        for set in InstructionSet::available() {
            let validation = Validation::with_instruction_set(&params, set);
            assert_eq!(bits(&validation), result.bits(), "{} {params:?}", set.name());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    // shows MFN-VAL-001, MFN-VAL-002, MFN-VAL-003, MFN-VAL-004, MFN-VAL-005, MFN-VAL-006,
    // MFN-VAL-007, MFN-VAL-008, MFN-VAL-009, MFN-VAL-010, MFN-VAL-011, MFN-VAL-012, MFN-VAL-013
    #[test]
    fn every_instruction_set_answers_as_the_reference(settings in settings()) {
        let params = admissible(settings);
        let expected = plain_bits(&params);
        for set in InstructionSet::available() {
            let validation = Validation::with_instruction_set(&params, set);
            prop_assert_eq!(bits(&validation), expected, "{}", set.name());
        }
    }

    // shows MFN-VAL-014
    /// All simulations under way at once, and finishing in any order.
    #[test]
    fn the_order_in_which_simulations_finish_does_not_matter(
        settings in settings(),
        order in Just((0..SIMULATIONS).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let params = admissible(settings);
        let mut simulations = params.simulations().map(Simulation::new);
        while !simulations.iter().all(Simulation::is_finished) {
            for &k in &order {
                simulations[k].step();
            }
        }
        let mut samples = [Sample::default(); SIMULATIONS];
        for k in order {
            samples[k] = Sample::of(&simulations[k]);
        }
        prop_assert_eq!(Validation::conclude(&params, &samples), Validation::run(&params));
    }

    // shows MFN-VAL-011
    #[test]
    fn the_example_is_the_simulation_with_the_next_seed(settings in settings()) {
        let example = SimulationParams::try_from(SimulationSettings {
            seed: i64::from(settings.seed) + 1,
            grid_size: settings.grid_size,
            steps: settings.steps,
            turing_enabled: settings.turing_enabled,
            quantum_jitter: settings.quantum_jitter,
            ..SimulationSettings::default()
        }).expect("admissible settings");
        let validation = Validation::run(&admissible(settings));
        prop_assert_eq!(validation.growth_events, Simulation::run(example).growth_events());
    }

    // shows MFN-VAL-012
    /// A rotation keeps areas, so a map's determinant is its scale squared,
    /// whatever its angle.
    #[test]
    fn the_exponent_is_the_mean_logarithm_of_the_squared_scale(seed: i32) {
        let mut words = Words::new(i64::from(seed) + 1, 0, Purpose::Ifs);
        let scales = [0, 4, 8, 12].map(|first| 0.2 + 0.3 * uniform(words.at(first)));
        let picked = (0..1000).map(|k| scales[below(words.at(16 + k), 4) as usize]);
        let expected = picked.map(|scale| 2.0 * crate::exact_math::ln(scale)).sum::<f64>() / 1000.0;
        let settings = ValidationSettings { seed, grid_size: 4, steps: 1, ..Default::default() };
        let exponent = Validation::run(&admissible(settings)).lyapunov_exponent;
        prop_assert!((exponent - expected).abs() < 1e-12, "{exponent} {expected}");
    }

    #[test]
    fn a_batch_of_everything_is_the_same_from_16_on(seed: i32, batch_size in 16..=64) {
        let run = |batch_size| {
            let settings =
                ValidationSettings { seed, batch_size, grid_size: 4, steps: 1, ..Default::default() };
            Validation::run(&admissible(settings))
        };
        prop_assert_eq!(run(batch_size), run(16));
        prop_assert_eq!(run(batch_size).loss_drop.to_bits(), 0.0_f64.to_bits());
    }
}

proptest! {
    // Each case tries every parameter of a network.
    #![proptest_config(ProptestConfig::with_cases(8))]

    // shows MFN-VAL-007
    /// Small enough a step for the quotient to be precise, large enough for
    /// rounding not to show. Where a unit begins to be active within a step, the
    /// loss has a kink, and only the quotient of the other side is precise.
    #[test]
    fn the_gradient_is_the_quotient_of_central_differences(
        seed: i64,
        batch in prop::collection::vec((prop::array::uniform4(-8.0..8.0), -2.0..2.0), 1..=16),
    ) {
        const STEP: f64 = 1e-6;
        let (inputs, targets): (Vec<[f64; 4]>, Vec<f64>) = batch.into_iter().unzip();
        let mut network = Network::new(seed);
        let mut gradient = vec![f64::NAN; PARAMETERS];
        network.loss(&inputs, &targets, &mut gradient);
        prop_assert!(gradient.iter().any(|g| g.abs() > 1e-3));
        let mut unused = vec![0.0; PARAMETERS];
        for (k, gradient) in gradient.into_iter().enumerate() {
            let parameter = network.parameters[k];
            let mut loss_at = |value| {
                network.parameters[k] = value;
                network.loss(&inputs, &targets, &mut unused)
            };
            let (below, above) = (loss_at(parameter - STEP), loss_at(parameter + STEP));
            let here = loss_at(parameter);
            let quotients =
                [(above - below) / (2.0 * STEP), (above - here) / STEP, (here - below) / STEP];
            let tolerance = 1e-5 * (1.0 + gradient.abs());
            let is_precise = |quotient: &f64| (quotient - gradient).abs() < tolerance;
            prop_assert!(quotients.iter().any(is_precise), "{k}: {gradient} {quotients:?}");
        }
    }
}

#[test]
fn training_lowers_the_loss() {
    let settings = ValidationSettings {
        seed: 3,
        epochs: 100,
        grid_size: 16,
        steps: 8,
        quantum_jitter: true,
        ..ValidationSettings::default()
    };
    let validation = Validation::run(&admissible(settings));
    assert!(validation.loss_final < validation.loss_start / 100.0, "{validation:?}");
}

fn refusal(change: impl FnOnce(&mut ValidationSettings)) -> Option<String> {
    let mut settings = ValidationSettings::default();
    change(&mut settings);
    ValidationParams::try_from(settings).err().map(|violations| violations.to_string())
}

// shows MFN-WIRE-005
#[test]
fn the_ends_of_every_range_are_admissible() {
    for epochs in [1, 100] {
        assert_eq!(refusal(|s| s.epochs = epochs), None);
    }
    for batch_size in [1, 64] {
        assert_eq!(refusal(|s| s.batch_size = batch_size), None);
    }
    for grid_size in [4, 1024] {
        assert_eq!(refusal(|s| s.grid_size = grid_size), None);
    }
    for steps in [1, 10_000] {
        assert_eq!(refusal(|s| s.steps = steps), None);
    }
    for seed in [i32::MIN, -1, 0, i32::MAX] {
        assert_eq!(refusal(|s| s.seed = seed), None);
    }
}

// shows MFN-WIRE-005
#[test]
fn just_outside_a_range_is_refused() {
    for epochs in [0, 101, -1, i32::MIN, i32::MAX] {
        assert!(refusal(|s| s.epochs = epochs).is_some(), "{epochs}");
    }
    for batch_size in [0, 65, -1, i32::MIN, i32::MAX] {
        assert!(refusal(|s| s.batch_size = batch_size).is_some(), "{batch_size}");
    }
    for grid_size in [3, 1025] {
        assert!(refusal(|s| s.grid_size = grid_size).is_some(), "{grid_size}");
    }
    for steps in [0, 10_001] {
        assert!(refusal(|s| s.steps = steps).is_some(), "{steps}");
    }
}

// shows MFN-ERR-002
#[test]
fn a_refusal_names_every_violation_once() {
    let refusal = refusal(|s| {
        s.epochs = 0;
        s.batch_size = 65;
        s.grid_size = 3;
        s.steps = 10_001;
    });
    assert_eq!(
        refusal.as_deref(),
        Some(
            "epochs is 0, allowed is 1..=100; batch_size is 65, allowed is 1..=64; \
             grid_size is 3, allowed is 4..=1024; steps is 10001, allowed is 1..=10000"
        )
    );
}
