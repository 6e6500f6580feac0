//! The messages of `MFNValidationService`.

use mfn_core::{Validation, ValidationParams, ValidationSettings, Violations};
use mfn_proto::{ValidationRequest, ValidationResult};

use super::{meta, nonzero_or, request_id};

/// The parameters of `ValidatePattern`. The id was sent with `id_bytes`, of which
/// the request may hold only the first.
///
/// # Errors
/// Names every field that is out of its range.
pub(crate) fn validation(
    request: &ValidationRequest,
    id_bytes: u64,
) -> Result<ValidationParams, Violations> {
    let default = ValidationSettings::default();
    let params = ValidationParams::try_from(ValidationSettings {
        seed: request.seed,
        epochs: nonzero_or(request.epochs, default.epochs),
        batch_size: nonzero_or(request.batch_size, default.batch_size),
        grid_size: nonzero_or(request.grid_size, default.grid_size),
        steps: nonzero_or(request.steps, default.steps),
        turing_enabled: request.turing_enabled,
        quantum_jitter: request.quantum_jitter,
    });
    Violations::both(request_id(id_bytes), params).map(|((), params)| params)
}

/// The answer of `ValidatePattern`, without the id of its call.
pub(crate) fn validation_result(validation: &Validation) -> ValidationResult {
    ValidationResult {
        request_id: String::new(),
        meta: Some(meta()),
        loss_start: validation.loss_start,
        loss_final: validation.loss_final,
        loss_drop: validation.loss_drop,
        pot_min_m_v: validation.pot_min_mv,
        pot_max_m_v: validation.pot_max_mv,
        example_fractal_dim: validation.example_fractal_dim,
        lyapunov_exponent: validation.lyapunov_exponent,
        growth_events: validation.growth_events.into(),
        nernst_symbolic_m_v: validation.nernst_symbolic_mv,
        nernst_numeric_m_v: validation.nernst_numeric_mv,
    }
}
