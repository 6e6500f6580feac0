//! Diffusion at the bounds of the field, where it must be proved that they do nothing
//! before they are left out.

use proptest::prelude::*;

use crate::diffusion::{BOUNDS_V, Extent};
use crate::lattice::Lattice;
use crate::{InstructionSet, exact_math, reference};

const LARGEST_ALPHA: f64 = 0.25_f64.next_down();

/// A change of one cell before a step: which one, as a share of all, and by how much.
type Event = (f64, f64);

/// Up to so many roundings towards zero, which is within the bounds.
fn near(bound_v: f64, ulps: u64) -> impl Strategy<Value = f64> {
    (0..=ulps).prop_map(move |ulps| f64::from_bits(bound_v.to_bits() - ulps))
}

/// Fields of which all cells, or some, are a few roundings within a bound.
fn fields() -> impl Strategy<Value = (usize, Vec<f64>)> {
    let (low, high) = BOUNDS_V;
    let cell = prop_oneof![
        Just(near(low, 3).boxed()),
        Just(near(high, 3).boxed()),
        Just(near(low, 80).boxed()),
        Just(near(high, 80).boxed()),
        Just(prop_oneof![near(low, 3), near(high, 3)].boxed()),
        Just(prop_oneof![Just(low), Just(high)].boxed()),
        Just(prop_oneof![near(low, 80), low..high].boxed()),
        Just(prop_oneof![near(high, 80), low..high].boxed()),
        Just((low - 0.01..high + 0.01).boxed()),
    ];
    (4..=30_usize, cell)
        .prop_flat_map(|(size, cell)| (Just(size), prop::collection::vec(cell, size * size)))
}

fn events() -> impl Strategy<Value = Vec<Option<Event>>> {
    let amount = prop_oneof![-0.02..0.06, -1e-16..1e-16];
    prop::collection::vec(prop::option::weighted(0.3, (0.0..1.0, amount)), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    // shows MFN-SIM-005, MFN-SIM-009
    #[test]
    fn a_field_at_its_bounds_diffuses_as_in_the_reference(
        (size, start) in fields(),
        alpha in prop_oneof![0.05..0.25, 0.249..0.25, Just(LARGEST_ALPHA)],
        events in events(),
    ) {
        let parameters = reference::Parameters {
            seed: 0, sub: 0, n: size, alpha, p: 0.0, turing: false, jitter: false,
        };
        for set in InstructionSet::available() {
            let mut plain = reference::Simulation::new(parameters, reference::MODEL);
            plain.v.copy_from_slice(&start);
            let mut field = Lattice::new(size, set);
            field.cells_mut().copy_from_slice(&start);
            let mut extent = Extent::default();
            for (step, event) in events.iter().enumerate() {
                if let &Some((share, amount)) = event {
                    let cell = (share * (size * size) as f64) as usize;
                    plain.v[cell] += amount;
                    extent.include(field.add(cell / size, cell % size, amount));
                }
                plain.step();
                extent.diffuse_within_bounds(set, &mut field, alpha);
                let bits = |cells: &[f64]| cells.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                prop_assert_eq!(
                    bits(field.clone().cells_mut()), bits(&plain.v), "{} {}", set.name(), step
                );
            }
        }
    }
}

fn field_of(cells: impl Fn(usize) -> f64) -> Lattice {
    let mut field = Lattice::new(16, InstructionSet::detect());
    for (cell, v) in field.cells_mut().iter_mut().enumerate() {
        *v = cells(cell);
    }
    field
}

/// The test above would be idle if the bounds never were left out.
#[test]
fn a_field_like_that_of_a_start_is_proved_to_stay_within_its_bounds() {
    let mut field = field_of(|cell| -0.07 + 0.02 * exact_math::sin(cell as f64));
    let mut extent = Extent::default();
    for _ in 0..10_000 {
        extent.diffuse_within_bounds(InstructionSet::detect(), &mut field, LARGEST_ALPHA);
        assert_ne!(extent, Extent::default());
    }
}

#[test]
fn a_field_that_reaches_a_bound_is_not_proved_to_stay_within_it() {
    for bound_v in [BOUNDS_V.0, BOUNDS_V.1] {
        let mut field = field_of(|cell| if cell == 7 { bound_v } else { -0.07 });
        let mut extent = Extent::default();
        extent.diffuse_within_bounds(InstructionSet::detect(), &mut field, 0.18);
        assert_eq!(extent, Extent::default());
        // Diffusion has brought it closer to the others.
        extent.diffuse_within_bounds(InstructionSet::detect(), &mut field, 0.18);
        assert_ne!(extent, Extent::default());
    }
}

#[test]
fn an_event_beyond_a_bound_ends_the_proof() {
    let mut field = field_of(|_| -0.07);
    let mut extent = Extent::default();
    extent.diffuse_within_bounds(InstructionSet::detect(), &mut field, 0.05);
    extent.include(field.add(3, 4, 0.2));
    extent.diffuse_within_bounds(InstructionSet::detect(), &mut field, 0.05);
    assert_eq!(extent, Extent::default());
    assert_eq!(field.cells_mut()[3 * 16 + 4], BOUNDS_V.1);
}
