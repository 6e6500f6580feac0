//! The fast code against `reference`, bit for bit, over all parameters and
//! every instruction set of this machine.

use proptest::prelude::*;

use crate::mask::Mask;
use crate::model::Model;
use crate::words::{Purpose, Words, below, uniform};
use crate::{InstructionSet, Simulation, SimulationParams, SimulationSettings};
use crate::{features, normal, reference};

/// Admissible settings with lattices up to 130 cells wide and up to 500 steps.
/// Most cases are small in one of the two, so that they cost milliseconds.
pub(crate) fn settings() -> impl Strategy<Value = SimulationSettings> {
    let size_and_steps = prop_oneof![
        6 => (4..=20, 1..=500),
        6 => (21..=64, 1..=60),
        6 => (65..=130, 1..=12),
        1 => (4..=130, 1..=500),
    ];
    let probability = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0];
    (any::<i32>(), size_and_steps, 0.05..0.25, probability, any::<[bool; 2]>()).prop_map(
        |(seed, (grid_size, steps), alpha, spike_probability, [turing_enabled, quantum_jitter])| {
            SimulationSettings {
                seed: seed.into(),
                grid_size,
                steps,
                alpha,
                spike_probability,
                turing_enabled,
                quantum_jitter,
            }
        },
    )
}

/// A reference simulation with the same parameters.
pub(crate) fn plain(params: &SimulationParams, model: reference::Model) -> reference::Simulation {
    let parameters = reference::Parameters {
        seed: params.seed(),
        sub: params.sample().into(),
        n: params.grid_size(),
        alpha: params.alpha(),
        p: params.spike_probability(),
        turing: params.turing_enabled(),
        jitter: params.quantum_jitter(),
    };
    reference::Simulation::new(parameters, model)
}

/// Runs both, and compares field and summary at the given steps.
pub(crate) fn compare(
    params: SimulationParams,
    set: InstructionSet,
    (model, plain_model): (Model, reference::Model),
    looks: impl IntoIterator<Item = u32>,
) -> Result<(), TestCaseError> {
    let mut fast = Simulation::with_model(params, set, model);
    let mut plain = plain(&params, plain_model);
    for step in looks {
        for _ in fast.steps_done()..step {
            plain.step();
        }
        fast.advance_to(step);
        prop_assert_eq!(bits(fast.field_v()), bits(&plain.v), "{} step {}", set.name(), step);
        let (summary, expected) =
            (fast.summary(), reference::summary(&plain.v, params.grid_size()));
        prop_assert_eq!(summary.step, step);
        prop_assert_eq!(summary.growth_events, plain.growth_events);
        let statistics = summary.statistics;
        prop_assert_eq!(
            bits(&[
                statistics.min_mv,
                statistics.max_mv,
                statistics.mean_mv,
                statistics.std_mv,
                summary.fractal_dimension,
            ]),
            bits(&[
                expected.min_mv,
                expected.max_mv,
                expected.mean_mv,
                expected.std_mv,
                expected.fractal_dimension,
            ])
        );
    }
    Ok(())
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    // shows MFN-ARITH-001, MFN-ARITH-004, MFN-SIM-001, MFN-SIM-003, MFN-SIM-004, MFN-SIM-005,
    // MFN-SIM-008, MFN-SIM-009, MFN-STAT-001, MFN-STAT-002, MFN-STAT-003, MFN-STAT-004,
    // MFN-STAT-005, MFN-STAT-006, MFN-STREAM-002
    #[test]
    fn simulations(settings in settings(), sample in 0..20_u32, looks in 1..4_u32) {
        let params = SimulationParams::try_from(settings)
            .expect("the strategy makes admissible settings")
            .with_sample(sample);
        let steps = (1..=looks).map(|look| params.steps() * look / looks);
        for set in InstructionSet::available() {
            let models = (Model::STANDARD, reference::MODEL);
            compare(params, set, models, steps.clone())?;
        }
    }
}

/// Rows of every kind that the property test above has no time for.
#[test]
fn large_lattices() {
    for (grid_size, turing_enabled) in [(255, true), (512, false), (1001, false), (1024, false)] {
        let settings =
            SimulationSettings { grid_size, steps: 2, turing_enabled, ..Default::default() };
        let params = SimulationParams::try_from(settings).expect("they are admissible");
        for set in InstructionSet::available() {
            compare(params, set, (Model::STANDARD, reference::MODEL), [2])
                .expect("they are the same");
        }
    }
}

proptest! {
    // shows MFN-WORD-001, MFN-WORD-002, MFN-WORD-003, MFN-WORD-005, MFN-WORD-006
    #[test]
    fn words(
        seed: i64,
        stream: u64,
        first in 0..1_u64 << 40,
        len in 0..600_usize,
        n in 1..5000_u64,
    ) {
        let mut plain = reference::Stream::new(seed, stream);
        for set in InstructionSet::available() {
            let mut fast = Words::numbered(seed, stream).with_instruction_set(set);
            let mut filled = vec![0; len];
            fast.fill(first, &mut filled);
            for (k, &word) in (first..).zip(&filled) {
                prop_assert_eq!(plain.word(k), word);
                prop_assert_eq!(uniform(word).to_bits(), reference::uniform(word).to_bits());
                prop_assert_eq!(below(word, n), reference::below(word, n));
            }
            for k in [first, first + len as u64, first + 300, first] {
                prop_assert_eq!(fast.at(k), plain.word(k));
            }
        }
    }

    // shows MFN-WORD-007, MFN-WORD-008
    #[test]
    fn normals(seed: i64, first in 0..1000_u64, len in 0..900_usize) {
        for set in InstructionSet::available() {
            let mut words = Words::new(seed, 0, Purpose::Jitter);
            let mut filled = vec![2.0; len];
            normal::renew(set, &words, first, &mut filled, |two, normal| two / 2.0 * normal);
            for (k, &value) in (first..).zip(&filled) {
                let word = words.at(k);
                prop_assert_eq!(value.to_bits(), normal::normal(word).to_bits());
                prop_assert_eq!(value.to_bits(), reference::normal(word).to_bits());
            }
        }
    }

    // shows MFN-STAT-007, MFN-STAT-008, MFN-STAT-009
    /// Simulated fields are smooth; masks of any density and size are not.
    #[test]
    fn box_dimensions((size, flags) in (4..=140_usize, 0.0..1.0).prop_flat_map(|(size, density)| {
        let flag = prop::bool::weighted(density);
        (Just(size), prop::collection::vec(flag, size * size))
    })) {
        let field: Vec<f64> = flags.iter().map(|&flag| f64::from(u8::from(flag))).collect();
        let mask = Mask::above(&field, size, 0.5);
        let bytes: Vec<u8> = flags.iter().copied().map(u8::from).collect();
        prop_assert_eq!(mask.flags(), bytes);
        prop_assert_eq!(
            features::box_dimension(&mask).to_bits(),
            reference::box_dimension(&flags, size).to_bits()
        );
    }
}

// shows MFN-STAT-007
#[test]
fn box_sizes_are_those_of_the_table() {
    let table: [(&[usize], &[usize]); 6] = [
        (&[4, 5], &[2]),
        (&[6, 7], &[2, 3]),
        (&[16], &[2, 4, 5, 8]),
        (&[37], &[2, 3, 6, 10, 18]),
        (&[50], &[2, 3, 7, 13, 25]),
        (&[64, 65, 1024], &[2, 4, 8, 16, 32]),
    ];
    for (lattices, sizes) in table {
        for &size in lattices {
            assert_eq!(features::box_sizes(size), sizes, "{size}");
        }
    }
}
