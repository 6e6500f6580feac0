//! Which states a stream shows, and that they are states of one simulation.

use proptest::prelude::*;

use super::equivalence::settings;
use crate::{FrameInterval, Simulation, SimulationParams};

fn frames(interval: i32, steps: u32) -> Vec<u32> {
    FrameInterval::try_from(interval).expect("an admissible interval").frames(steps).collect()
}

// shows MFN-STREAM-001
#[test]
fn the_end_is_always_shown_and_only_once() {
    assert_eq!(frames(30, 100), [30, 60, 90, 100]);
    assert_eq!(frames(50, 100), [50, 100]);
    assert_eq!(frames(100, 100), [100]);
    assert_eq!(frames(10_000, 100), [100]);
    assert_eq!(frames(1, 3), [1, 2, 3]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    // shows MFN-STREAM-002, MFN-STREAM-003
    #[test]
    fn a_frame_is_what_a_shorter_run_returns(settings in settings(), interval in 1..200_i32) {
        let params = SimulationParams::try_from(settings)
            .expect("the strategy makes admissible settings");
        let mut streamed = Simulation::new(params);
        let steps = frames(interval, params.steps());
        let (last, others) = steps.split_last().expect("there is always a frame");
        for &step in others.iter().take(4).chain([last]) {
            streamed.advance_to(step);
            let shorter = SimulationParams::try_from(crate::SimulationSettings {
                steps: step as i32,
                ..settings
            })
            .expect("a shorter run is admissible");
            prop_assert_eq!(streamed.summary(), Simulation::run(shorter).summary());
        }
    }
}

#[test]
fn a_finished_simulation_stays_as_it_is() {
    let params = SimulationParams::try_from(crate::SimulationSettings::default())
        .expect("defaults are admissible");
    let mut simulation = Simulation::run(params);
    let before = simulation.summary();
    simulation.step();
    simulation.advance_to(1000);
    assert_eq!(simulation.summary(), before);
}
