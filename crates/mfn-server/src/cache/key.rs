//! What two calls must have in common to be answered the same.

use std::hash::{Hash, Hasher};

use mfn_core::{SimulationParams, ValidationParams};

/// A method with its checked parameters, in which defaults are applied.
///
/// It compares the parameters themselves, so no parameter can be forgotten.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Key {
    /// `RunSimulation`.
    Simulation {
        /// What is simulated.
        params: SimulationParams,
        /// Whether the answer has the field too.
        with_field: bool,
    },
    /// `ExtractFeatures`.
    Features(SimulationParams),
    /// `ValidatePattern`.
    Validation(ValidationParams),
}

/// No parameter is NaN, so each key equals itself.
impl Eq for Key {}

/// Keys that are equal have one hash. Zeros of either sign are equal, and only a spike
/// probability can be one.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Simulation { params, with_field } => {
                with_field.hash(state);
                hash_simulation(params, state);
            }
            Self::Features(params) => hash_simulation(params, state),
            Self::Validation(params) => {
                (params.seed(), params.epochs(), params.batch_size()).hash(state);
                (params.grid_size(), params.steps()).hash(state);
                (params.turing_enabled(), params.quantum_jitter()).hash(state);
            }
        }
    }
}

fn hash_simulation<H: Hasher>(params: &SimulationParams, state: &mut H) {
    let spike_probability = params.spike_probability() + 0.0;
    (params.seed(), params.grid_size(), params.steps()).hash(state);
    (params.alpha().to_bits(), spike_probability.to_bits()).hash(state);
    params.turing_enabled().hash(state);
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher as _, RandomState};

    use mfn_core::{SimulationSettings, ValidationSettings};

    use super::*;

    fn simulation(settings: SimulationSettings) -> Key {
        let params = SimulationParams::try_from(settings).expect("allowed");
        Key::Simulation { params, with_field: false }
    }

    fn validation(settings: ValidationSettings) -> Key {
        Key::Validation(ValidationParams::try_from(settings).expect("allowed"))
    }

    // shows MFN-CACHE-001
    #[test]
    fn keys_differ_in_the_method_and_in_each_parameter() {
        let default = SimulationSettings::default();
        let params = SimulationParams::try_from(default).expect("allowed");
        let of_validation = ValidationSettings::default();
        let keys = [
            simulation(default),
            simulation(SimulationSettings { seed: -1, ..default }),
            simulation(SimulationSettings { seed: 1, ..default }),
            simulation(SimulationSettings { grid_size: 65, ..default }),
            simulation(SimulationSettings { steps: 65, ..default }),
            simulation(SimulationSettings { alpha: 0.18_f64.next_up(), ..default }),
            simulation(SimulationSettings { spike_probability: 0.5, ..default }),
            simulation(SimulationSettings { turing_enabled: true, ..default }),
            Key::Simulation { params, with_field: true },
            Key::Features(params),
            validation(of_validation),
            validation(ValidationSettings { seed: -1, ..of_validation }),
            validation(ValidationSettings { epochs: 2, ..of_validation }),
            validation(ValidationSettings { batch_size: 5, ..of_validation }),
            validation(ValidationSettings { grid_size: 65, ..of_validation }),
            validation(ValidationSettings { steps: 65, ..of_validation }),
            validation(ValidationSettings { turing_enabled: true, ..of_validation }),
            validation(ValidationSettings { quantum_jitter: true, ..of_validation }),
        ];
        let hasher = RandomState::new();
        for (n, key) in keys.iter().enumerate() {
            for (m, other) in keys.iter().enumerate() {
                let is_same = n == m;
                assert_eq!(key == other, is_same, "{key:?}, {other:?}");
                assert_eq!(hasher.hash_one(key) == hasher.hash_one(other), is_same, "{n}, {m}");
            }
        }
    }

    #[test]
    fn keys_that_are_equal_have_one_hash() {
        let with = |spike_probability| {
            simulation(SimulationSettings { spike_probability, ..SimulationSettings::default() })
        };
        let hasher = RandomState::new();
        assert_eq!(with(0.0), with(-0.0));
        assert_eq!(hasher.hash_one(with(0.0)), hasher.hash_one(with(-0.0)));
    }
}
