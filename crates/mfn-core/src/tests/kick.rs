//! The activator's kick. No admissible request lets the activator pass its
//! threshold, so these change the model until it does.

use proptest::prelude::*;

use super::equivalence::{compare, settings};
use crate::model::Model;
use crate::{InstructionSet, Simulation, SimulationParams, SimulationSettings, reference};

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

/// The test above would be idle if its models never kicked.
#[test]
fn a_low_threshold_is_passed_and_changes_the_field() {
    let settings = SimulationSettings { grid_size: 16, steps: 20, ..SimulationSettings::default() };
    let run = |turing_enabled| {
        let settings = SimulationSettings { turing_enabled, ..settings };
        let params = SimulationParams::try_from(settings).expect("admissible");
        let model = Model { activation_threshold: 0.05, ..Model::STANDARD };
        let mut simulation = Simulation::with_model(params, InstructionSet::detect(), model);
        simulation.advance_to(params.steps());
        simulation.field_v().to_vec()
    };
    assert_ne!(run(true), run(false));
}

// shows MFN-SIM-006, MFN-SIM-007
#[test]
fn the_model_of_every_request_has_the_constants_of_the_spec() {
    let Model { activation_threshold, kick_v, activator_rate, inhibitor_rate } = Model::STANDARD;
    let fast = [activation_threshold, kick_v, activator_rate, inhibitor_rate];
    let reference::Model { theta, kick, r_a, r_i } = reference::MODEL;
    assert_eq!(fast, [0.75, 0.005, 0.01, 0.02]);
    assert_eq!([theta, kick, r_a, r_i], fast);
}

#[test]
fn the_standard_model_is_quiet_for_202_steps() {
    assert_eq!(Model::STANDARD.quiet_steps(0.1), 202);
    assert_eq!(Model::STANDARD.quiet_steps(0.0), u32::MAX);
    assert_eq!(Model::STANDARD.quiet_steps(0.8), 0);
}

proptest! {
    #[test]
    fn quiet_steps_are_too_few_to_pass_the_threshold((model, _) in models(), share in 1e-6..1.0) {
        let largest = share * model.activation_threshold;
        let growth = 1.0 + model.activator_rate;
        let steps = model.quiet_steps(largest).min(100_000);
        let reached = (0..steps).fold(largest, |reached, _| reached * growth);
        prop_assert!(reached <= model.activation_threshold, "{reached} after {steps} steps");
    }
}
