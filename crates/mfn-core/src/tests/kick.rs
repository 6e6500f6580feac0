//! The activator's kick. No admissible request lets the activator pass its
//! threshold, so these change the model until it does.

use proptest::prelude::*;

use super::equivalence::{compare, plain, settings};
use crate::simulation::Model;
use crate::{InstructionSet, SimulationParams, SimulationSettings, reference};

fn models() -> impl Strategy<Value = (Model, reference::Model)> {
    (0.01..1.0, 0.0..0.02, 0.0..3.0, 0.0..2.0).prop_map(|(theta, kick, r_a, r_i)| {
        let model = Model {
            activation_threshold: theta,
            kick_v: kick,
            activator_rate: r_a,
            inhibitor_rate: r_i,
        };
        (model, reference::Model { theta, kick, r_a, r_i })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    // shows MFN-SIM-002, MFN-SIM-003, MFN-SIM-006, MFN-SIM-007
    #[test]
    fn a_kick_moves_the_field_as_in_the_reference(
        settings in settings(),
        models in models(),
        looks in 1..4_u32,
    ) {
        let settings = SimulationSettings { turing_enabled: true, ..settings };
        let params = SimulationParams::try_from(settings)
            .expect("the strategy makes admissible settings");
        let steps = (1..=looks).map(|look| params.steps() * look / looks);
        for set in InstructionSet::available() {
            compare(params, set, models, steps.clone())?;
        }
    }
}

/// The tests above would be idle if their models never kicked.
#[test]
fn a_low_threshold_is_passed_and_changes_the_field() {
    let settings = SimulationSettings { grid_size: 16, steps: 20, ..SimulationSettings::default() };
    let run = |turing_enabled| {
        let settings = SimulationSettings { turing_enabled, ..settings };
        let params = SimulationParams::try_from(settings).expect("admissible");
        let mut simulation = plain(&params, reference::Model { theta: 0.05, ..reference::MODEL });
        for _ in 0..params.steps() {
            simulation.step();
        }
        simulation.v
    };
    assert_ne!(run(true), run(false));
}
