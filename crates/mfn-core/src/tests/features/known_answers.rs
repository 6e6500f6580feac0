//! `fixtures/known-answers.json`, which an independent implementation made.

use serde::Deserialize;

use super::close;
use crate::tests::known_answers::{Request, section};
use crate::{Features, InstructionSet, Simulation, reference};

#[derive(Deserialize)]
struct Known {
    request: Request,
    result: Answer,
}

#[derive(Debug, Deserialize)]
struct Answer {
    fractal_dimension: f64,
    lacunarity: f64,
    hurst_exponent: f64,
    spectral_energy_mean: f64,
    spectral_energy_std: f64,
    active_nodes: u32,
    edge_density: f64,
    clustering_coefficient: f64,
}

/// Class E to the last bit, class N within 1e-9.
macro_rules! assert_answer {
    ($features:expr, $known:expr, $who:expr) => {{
        let (features, known, who) = ($features, &$known, $who);
        macro_rules! assert_bits {
            ($field:ident) => {
                let (ours, known) = (features.$field, known.$field);
                let name = stringify!($field);
                assert_eq!(ours.to_bits(), known.to_bits(), "{who}: {name} {ours}, not {known}");
            };
        }
        assert_bits!(fractal_dimension);
        assert_bits!(lacunarity);
        assert_bits!(hurst_exponent);
        assert_bits!(edge_density);
        assert_bits!(clustering_coefficient);
        assert_eq!(features.active_nodes, known.active_nodes, "{who}");
        assert!(close(features.spectral_energy_mean, known.spectral_energy_mean), "{who}");
        assert!(close(features.spectral_energy_std, known.spectral_energy_std), "{who}");
    }};
}

// shows MFN-FEAT-001, MFN-FEAT-002, MFN-FEAT-004, MFN-FEAT-006, MFN-FEAT-007, MFN-FEAT-008,
// MFN-FEAT-009
#[test]
fn extract_features() {
    for known in section::<Vec<Known>>("features") {
        let simulation = Simulation::run(known.request.params());
        let (field_v, size) = (simulation.field_v(), simulation.params().grid_size());
        for set in InstructionSet::available() {
            let features = Features::with_instruction_set(field_v, size, set);
            assert_answer!(features, known.result, set.name());
        }
        assert_answer!(reference::features(field_v, size), known.result, "reference");
    }
}
