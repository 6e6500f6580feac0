//! The Nernst potential of potassium: `spec/validation.md`.
//!
//! W. Nernst, Z. Phys. Chem. 4 (1889), 129-181: R T / (z F) * ln(out / in).

use crate::exact_math::ln;
use crate::statistics::MV_PER_V;

/// Gas constant, J / (mol K).
const GAS_CONSTANT: f64 = 8.314;
/// Body temperature, K.
const TEMPERATURE: f64 = 310.0;
/// Charge of the ion.
const VALENCE: f64 = 1.0;
/// Faraday constant, C / mol.
const FARADAY_CONSTANT: f64 = 96_485.332_12;
/// Potassium outside the cell, mol / l.
const OUTSIDE: f64 = 5e-3;
/// Potassium inside the cell, mol / l.
const INSIDE: f64 = 140e-3;

/// From the logarithm of the quotient, mV.
pub(super) fn numeric_mv() -> f64 {
    potential_mv(ln(OUTSIDE / INSIDE))
}

/// From the difference of the logarithms, mV: equal but for rounding.
pub(super) fn symbolic_mv() -> f64 {
    potential_mv(ln(OUTSIDE) - ln(INSIDE))
}

fn potential_mv(ln_ratio: f64) -> f64 {
    MV_PER_V * ((GAS_CONSTANT * TEMPERATURE) / (VALENCE * FARADAY_CONSTANT) * ln_ratio)
}
