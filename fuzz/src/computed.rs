//! Whether the core computes what `reference` does, bit for bit.

use mfn_core::{Features, Simulation, SimulationParams, Validation, ValidationParams, reference};

/// Most cells that are computed, over all steps: some milliseconds of a computation
/// that is watched.
const MAX_CELLS: usize = 30_000;
/// Steps that are computed at most: each has its own words.
const MAX_STEPS: u32 = 200;
/// Batches of a training that are computed at most.
const MAX_EPOCHS: u32 = 3;
/// What rounding leaves of the spectrum of a constant field.
const NOTHING_MV2: f64 = 1e-40;
/// Simulations of a validation.
const SIMULATIONS: usize = 17;

/// Runs the simulation with `params`, if it is small, in both implementations, and
/// compares field, summary, and the features of the end.
pub fn compare_simulation(params: SimulationParams) {
    let size = params.grid_size();
    if size * size * params.steps() as usize > MAX_CELLS || params.steps() > MAX_STEPS {
        return;
    }
    let fast = Simulation::run(params);
    let mut plain = reference::Simulation::new(
        reference::Parameters {
            seed: params.seed(),
            sub: params.sample().into(),
            n: size,
            alpha: params.alpha(),
            p: params.spike_probability(),
            turing: params.turing_enabled(),
            jitter: params.quantum_jitter(),
        },
        reference::MODEL,
    );
    for _ in 0..params.steps() {
        plain.step();
    }
    assert_eq!(bits(fast.field_v()), bits(&plain.v), "the field of {params:?}");
    let (summary, expected) = (fast.summary(), reference::summary(&plain.v, size));
    assert_eq!(summary.growth_events, plain.growth_events, "the events of {params:?}");
    let statistics = summary.statistics;
    assert_eq!(
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
        ]),
        "the summary of {params:?}"
    );
    compare_features(&plain.v, size, params);
}

fn compare_features(field_v: &[f64], size: usize, params: SimulationParams) {
    let (fast, plain) = (Features::of(field_v, size), reference::features(field_v, size));
    assert_eq!(fast.active_nodes as usize, plain.active_nodes as usize, "nodes of {params:?}");
    assert_eq!(
        bits(&[
            fast.fractal_dimension,
            fast.lacunarity,
            fast.hurst_exponent,
            fast.edge_density,
            fast.clustering_coefficient,
        ]),
        bits(&[
            plain.fractal_dimension,
            plain.lacunarity,
            plain.hurst_exponent,
            plain.edge_density,
            plain.clustering_coefficient,
        ]),
        "the features of {params:?}"
    );
    // The transform's order of operations is free (class N).
    let (mean, std) = (plain.spectral_energy_mean, plain.spectral_energy_std);
    let most = 1e-9 * (mean + std) + NOTHING_MV2;
    assert!((fast.spectral_energy_mean - mean).abs() <= most, "the spectrum of {params:?}");
    assert!((fast.spectral_energy_std - std).abs() <= most, "the spectrum of {params:?}");
}

/// The same of the validation with `params`.
pub fn compare_validation(params: &ValidationParams) {
    let (size, steps) = (params.grid_size(), params.steps());
    let cells = SIMULATIONS * size * size * steps as usize;
    if cells > MAX_CELLS || steps > MAX_STEPS || params.epochs() > MAX_EPOCHS {
        return;
    }
    let fast = Validation::run(params);
    let plain = reference::validation(reference::ValidationParameters {
        seed: params.seed(),
        epochs: params.epochs() as usize,
        batch: params.batch_size(),
        n: size,
        steps,
        turing: params.turing_enabled(),
        jitter: params.quantum_jitter(),
    });
    assert_eq!(
        bits(&[
            fast.loss_start,
            fast.loss_final,
            fast.loss_drop,
            fast.pot_min_mv,
            fast.pot_max_mv,
            fast.example_fractal_dim,
            fast.lyapunov_exponent,
            f64::from(fast.growth_events),
            fast.nernst_symbolic_mv,
            fast.nernst_numeric_mv,
        ]),
        bits(&[
            plain.loss_start,
            plain.loss_final,
            plain.loss_drop,
            plain.pot_min_mv,
            plain.pot_max_mv,
            plain.example_fractal_dim,
            plain.lyapunov_exponent,
            f64::from(plain.growth_events),
            plain.nernst_symbolic_mv,
            plain.nernst_numeric_mv,
        ]),
        "the validation of {params:?}"
    );
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}
