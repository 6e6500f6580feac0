//! Whether the core computes what `reference` does, bit for bit.

use mfn_core::{
    Features, Simulation, SimulationParams, Summary, Validation, ValidationParams, reference,
};

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
    assert_eq!(fast.summary().growth_events, plain.growth_events, "the events of {params:?}");
    compare_summaries(&fast.summary(), &reference::summary(&plain.v, size), params);
    let (fast, plain) = (Features::of(&plain.v, size), reference::features(&plain.v, size));
    compare_features(&fast, &plain, params);
}

fn compare_summaries(fast: &Summary, plain: &reference::Summary, params: SimulationParams) {
    let statistics = fast.statistics;
    assert_eq!(
        bits(&[
            statistics.min_mv,
            statistics.max_mv,
            statistics.mean_mv,
            statistics.std_mv,
            fast.fractal_dimension,
        ]),
        bits(&[plain.min_mv, plain.max_mv, plain.mean_mv, plain.std_mv, plain.fractal_dimension,]),
        "the summary of {params:?}"
    );
}

fn compare_features(fast: &Features, plain: &reference::Features, params: SimulationParams) {
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
    compare_validations(&fast, &plain_validation(params), params);
}

fn plain_validation(params: &ValidationParams) -> reference::Validation {
    reference::validation(reference::ValidationParameters {
        seed: params.seed(),
        epochs: params.epochs() as usize,
        batch: params.batch_size(),
        n: params.grid_size(),
        steps: params.steps(),
        turing: params.turing_enabled(),
        jitter: params.quantum_jitter(),
    })
}

fn compare_validations(
    fast: &Validation,
    plain: &reference::Validation,
    params: &ValidationParams,
) {
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

#[cfg(test)]
mod tests {
    use mfn_core::{SimulationSettings, ValidationSettings};

    use super::*;
    use crate::oracle_failures::assert_fails_with;

    /// A small simulation.
    fn params() -> SimulationParams {
        let settings = SimulationSettings { grid_size: 8, steps: 3, ..Default::default() };
        settings.try_into().expect("they are in range")
    }

    /// Changes the last bit of a number.
    fn change(number: &mut f64) {
        *number = number.next_up();
    }

    #[test]
    fn a_summary_is_the_same_to_the_last_bit() {
        let fast = Simulation::run(params());
        let plain = reference::summary(fast.field_v(), params().grid_size());
        compare_summaries(&fast.summary(), &plain, params());
        for changed in [
            |it: &mut Summary| change(&mut it.statistics.min_mv),
            |it| change(&mut it.statistics.max_mv),
            |it| change(&mut it.statistics.mean_mv),
            |it| change(&mut it.statistics.std_mv),
            |it| change(&mut it.fractal_dimension),
        ] as [fn(&mut Summary); 5]
        {
            let mut fast = fast.summary();
            changed(&mut fast);
            assert_fails_with("the summary of", || compare_summaries(&fast, &plain, params()));
        }
    }

    #[test]
    fn features_are_the_same_to_the_last_bit_but_for_the_spectrum() {
        let field = Simulation::run(params()).field_v().to_vec();
        let plain = reference::features(&field, params().grid_size());
        let check = |changed: fn(&mut Features)| {
            let mut fast = Features::of(&field, params().grid_size());
            changed(&mut fast);
            compare_features(&fast, &plain, params());
        };
        check(|_| ());
        check(|it| change(&mut it.spectral_energy_mean));
        for (told, changed) in [
            ("nodes of", |it: &mut Features| it.active_nodes += 1),
            ("the features of", |it| change(&mut it.fractal_dimension)),
            ("the features of", |it| change(&mut it.lacunarity)),
            ("the features of", |it| change(&mut it.hurst_exponent)),
            ("the features of", |it| change(&mut it.edge_density)),
            ("the features of", |it| change(&mut it.clustering_coefficient)),
            ("the spectrum of", |it| it.spectral_energy_mean *= 1.0001),
            ("the spectrum of", |it| it.spectral_energy_std = f64::NAN),
        ] as [(_, fn(&mut Features)); 8]
        {
            assert_fails_with(told, || check(changed));
        }
    }

    #[test]
    fn a_validation_is_the_same_to_the_last_bit() {
        let settings =
            ValidationSettings { grid_size: 4, steps: 1, epochs: 1, ..Default::default() };
        let params = settings.try_into().expect("they are in range");
        let fast = Validation::run(&params);
        let plain = plain_validation(&params);
        compare_validations(&fast, &plain, &params);
        for changed in [
            |it: &mut Validation| change(&mut it.loss_start),
            |it| change(&mut it.loss_final),
            |it| change(&mut it.loss_drop),
            |it| change(&mut it.pot_min_mv),
            |it| change(&mut it.pot_max_mv),
            |it| change(&mut it.example_fractal_dim),
            |it| change(&mut it.lyapunov_exponent),
            |it| it.growth_events += 1,
            |it| change(&mut it.nernst_symbolic_mv),
            |it| change(&mut it.nernst_numeric_mv),
        ] as [fn(&mut Validation); 10]
        {
            let mut fast = fast;
            changed(&mut fast);
            assert_fails_with("the validation of", || compare_validations(&fast, &plain, &params));
        }
    }
}
