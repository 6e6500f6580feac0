//! Features: known answers, `reference`, and what is known without either.

mod equivalence;
mod known_answers;
mod patterns;
mod spectrum;
mod transform;

/// Whether two class N values agree: within 1e-9 relative. What rounding
/// leaves of a constant field, some 1e-60 mV^2, counts as nothing.
fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs() || (a.abs() < 1e-40 && b.abs() < 1e-40)
}
