//! The fast features against `reference`: class E bit for bit, class N within
//! 1e-9, and all bits the same on every instruction set of this machine.

use proptest::prelude::*;

use super::{close, lacunarity};
use crate::features::graph::Graph;
use crate::features::variogram;
use crate::mask::Mask;
use crate::{
    Features, InstructionSet, Simulation, SimulationParams, SimulationSettings, reference,
};

/// The field after some steps, and its size.
pub(super) fn simulated_fields(
    sizes: std::ops::RangeInclusive<i32>,
) -> impl Strategy<Value = (Vec<f64>, usize)> {
    let switches = (any::<bool>(), any::<bool>());
    (any::<i32>(), sizes, 1..=40, 0.05..0.25, 0.0..=1.0, switches).prop_map(
        |(seed, grid_size, steps, alpha, spike_probability, (turing_enabled, quantum_jitter))| {
            let params = SimulationParams::try_from(SimulationSettings {
                seed: seed.into(),
                grid_size,
                steps,
                alpha,
                spike_probability,
                turing_enabled,
                quantum_jitter,
            })
            .expect("the strategy makes admissible settings");
            (Simulation::run(params).field_v().to_vec(), params.grid_size())
        },
    )
}

/// Masks of any density, and their size.
fn masks(sizes: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = (Vec<bool>, usize)> {
    (sizes, 0.0..=1.0).prop_flat_map(|(size, density)| {
        (prop::collection::vec(prop::bool::weighted(density), size * size), Just(size))
    })
}

fn field_of(flags: &[bool]) -> Vec<f64> {
    flags.iter().map(|&flag| if flag { -0.06 } else { -0.07 }).collect()
}

fn compare(field_v: &[f64], size: usize) -> Result<(), TestCaseError> {
    let expected = reference::features(field_v, size);
    let features = Features::of(field_v, size);
    prop_assert_eq!(
        [
            features.fractal_dimension,
            features.lacunarity,
            features.hurst_exponent,
            features.edge_density,
            features.clustering_coefficient,
        ]
        .map(f64::to_bits),
        [
            expected.fractal_dimension,
            expected.lacunarity,
            expected.hurst_exponent,
            expected.edge_density,
            expected.clustering_coefficient,
        ]
        .map(f64::to_bits),
        "{:?} {:?}",
        features,
        expected
    );
    prop_assert_eq!(features.active_nodes, expected.active_nodes);
    let (mean, std) = (features.spectral_energy_mean, features.spectral_energy_std);
    prop_assert!(close(mean, expected.spectral_energy_mean), "{} {:?}", mean, expected);
    // A deviation from a flat spectrum, as a single cell has, is only as exact
    // as the powers themselves.
    let scale = expected.spectral_energy_mean + expected.spectral_energy_std;
    let difference = std - expected.spectral_energy_std;
    prop_assert!(close(scale + difference, scale), "{} {:?}", std, expected);
    for set in InstructionSet::available() {
        let same = Features::with_instruction_set(field_v, size, set);
        prop_assert_eq!(bits(&same), bits(&features), "{}", set.name());
    }
    Ok(())
}

fn bits(features: &Features) -> [u64; 8] {
    [
        features.fractal_dimension,
        features.lacunarity,
        features.hurst_exponent,
        features.spectral_energy_mean,
        features.spectral_energy_std,
        f64::from(features.active_nodes),
        features.edge_density,
        features.clustering_coefficient,
    ]
    .map(f64::to_bits)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    // shows MFN-FEAT-001, MFN-FEAT-002, MFN-FEAT-004, MFN-FEAT-006, MFN-FEAT-007, MFN-FEAT-008,
    // MFN-FEAT-009, MFN-FEAT-010
    #[test]
    fn features_of_simulated_fields((field_v, size) in simulated_fields(4..=70)) {
        compare(&field_v, size)?;
    }

    // shows MFN-FEAT-002, MFN-FEAT-003, MFN-FEAT-005, MFN-FEAT-009
    #[test]
    fn features_of_two_valued_fields((flags, size) in masks(4..=70)) {
        compare(&field_of(&flags), size)?;
    }

    #[test]
    fn variograms((field_v, size) in simulated_fields(4..=70)) {
        let field_mv: Vec<f64> = field_v.iter().map(|v| 1000.0 * v).collect();
        let points = variogram(&field_v, size).into_iter();
        let points: Vec<_> = points.map(|p| (p.lag, p.mean_square_mv2.to_bits())).collect();
        let expected = reference::variogram(&field_mv, size).into_iter();
        let expected: Vec<_> = expected.map(|(lag, s2)| (lag, s2.to_bits())).collect();
        prop_assert_eq!(points, expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Where neighbours of neighbours nearly meet around the lattice.
    #[test]
    fn masks_of_the_smallest_lattices((flags, size) in masks(4..=7)) {
        compare_mask(&flags, size)?;
    }
}

// shows MFN-FEAT-002, MFN-FEAT-008, MFN-FEAT-009
/// All 65536 of them.
#[test]
fn every_mask_of_the_smallest_lattice() {
    for number in 0..1_u32 << 16 {
        let flags: Vec<bool> = (0..16).map(|cell| number >> cell & 1 == 1).collect();
        compare_mask(&flags, 4).unwrap_or_else(|error| panic!("{number:016b}: {error}"));
    }
}

fn compare_mask(flags: &[bool], size: usize) -> Result<(), TestCaseError> {
    let mask = Mask::above(&field_of(flags), size, -0.065);
    let set = InstructionSet::detect();
    let graph = Graph::of(&mask, set);
    prop_assert_eq!(
        [lacunarity(&mask, set), graph.edge_density(), graph.clustering_coefficient()]
            .map(f64::to_bits),
        [
            reference::lacunarity(flags, size),
            reference::edge_density(flags, size),
            reference::clustering_coefficient(flags, size),
        ]
        .map(f64::to_bits)
    );
    Ok(())
}
