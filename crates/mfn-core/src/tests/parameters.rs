//! What is admissible, and what a refusal says.

use crate::{FrameInterval, SimulationParams, SimulationSettings};

fn refusal(change: impl FnOnce(&mut SimulationSettings)) -> Option<String> {
    let mut settings = SimulationSettings::default();
    change(&mut settings);
    SimulationParams::try_from(settings).err().map(|violations| violations.to_string())
}

// shows MFN-WIRE-005
#[test]
fn the_ends_of_every_range_are_admissible() {
    for grid_size in [4, 1024] {
        assert_eq!(refusal(|s| s.grid_size = grid_size), None);
    }
    for steps in [1, 10_000] {
        assert_eq!(refusal(|s| s.steps = steps), None);
    }
    for alpha in [0.05, 0.25_f64.next_down()] {
        assert_eq!(refusal(|s| s.alpha = alpha), None);
    }
    for probability in [0.0, 1.0] {
        assert_eq!(refusal(|s| s.spike_probability = probability), None);
    }
    for seed in [i64::from(i32::MIN), -1, 0, i64::from(i32::MAX) + 1] {
        assert_eq!(refusal(|s| s.seed = seed), None);
    }
    for interval in [1, 10_000] {
        assert!(FrameInterval::try_from(interval).is_ok());
    }
}

// shows MFN-WIRE-005
#[test]
fn just_outside_a_range_is_refused() {
    for grid_size in [3, 1025, i32::MIN, i32::MAX] {
        assert!(refusal(|s| s.grid_size = grid_size).is_some(), "{grid_size}");
    }
    for steps in [0, 10_001, -1] {
        assert!(refusal(|s| s.steps = steps).is_some(), "{steps}");
    }
    for alpha in [0.05_f64.next_down(), 0.25, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(refusal(|s| s.alpha = alpha).is_some(), "{alpha}");
    }
    for p in [0.0_f64.next_down(), 1.0_f64.next_up(), f64::NAN, f64::INFINITY] {
        assert!(refusal(|s| s.spike_probability = p).is_some(), "{p}");
    }
    for interval in [0, 10_001, -1] {
        assert!(FrameInterval::try_from(interval).is_err(), "{interval}");
    }
}

// shows MFN-ERR-002
#[test]
fn a_refusal_names_every_violation_with_value_and_range() {
    let refusal = refusal(|s| {
        s.grid_size = 3;
        s.steps = 0;
        s.alpha = f64::NAN;
        s.spike_probability = 1.5;
    });
    assert_eq!(
        refusal.as_deref(),
        Some(
            "grid_size is 3, allowed is 4..=1024; steps is 0, allowed is 1..=10000; \
             alpha is NaN, allowed is [0.05, 0.25); spike_probability is 1.5, allowed is [0, 1]"
        )
    );
}
