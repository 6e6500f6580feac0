//! Features: known answers, `reference`, and what is known without either.

mod equivalence;
mod known_answers;
mod patterns;
mod spectrum;
mod transform;

use crate::InstructionSet;
use crate::features::lacunarity::Lacunarity;
use crate::mask::Mask;

/// The lacunarity over all box sizes.
fn lacunarity(mask: &Mask, set: InstructionSet) -> f64 {
    let mut lacunarity = Lacunarity::new(mask, set);
    while !lacunarity.is_finished() {
        lacunarity.part();
    }
    lacunarity.conclude()
}

/// Whether two class N values agree: within 1e-9 relative. What rounding
/// leaves of a constant field, some 1e-60 mV^2, counts as nothing.
fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs() || (a.abs() < 1e-40 && b.abs() < 1e-40)
}
