//! `MFNValidationService`: a small training run, and what is checked beside it.

use mfn_core::validation::{SIMULATIONS, Sample, Training};
use mfn_core::{Simulation, SimulationParams};
use mfn_proto::{ValidationRequest, ValidationResult};

use super::answer;
use crate::compute::{Compute, Turn, run_to};
use crate::convert;
use crate::cost::Cost;
use crate::demand::Demand;
use crate::error::Error;
use crate::layers::answer_body::Answer;
use crate::layers::one_message::{Call, MessageService};
use crate::messages::Kept;

/// Answers `MFNValidationService`.
#[derive(Clone, Debug)]
pub(crate) struct PatternValidation {
    compute: Compute,
}

impl MessageService for PatternValidation {
    async fn answer(&self, method: &str, message: &Kept, call: &Call) -> Result<Answer, Error> {
        match method {
            "ValidatePattern" => {
                let request: ValidationRequest = message.decode()?;
                let id_bytes = call.take_id(&request.request_id);
                let compute = self.compute.with_permit(call.permit.clone());
                validate(compute, request, id_bytes).await.map(|result| answer::one(&result))
            }
            _ => Err(Error::MethodUnknown),
        }
    }
}

impl PatternValidation {
    pub(crate) fn new(compute: Compute) -> Self {
        Self { compute }
    }
}

/// The simulations are computed side by side where threads are free; the training
/// waits for all of them.
async fn validate(
    compute: Compute,
    request: ValidationRequest,
    id_bytes: u64,
) -> Result<ValidationResult, Error> {
    let params = convert::validation(&request, id_bytes)?;
    let simulations = params.simulations();
    // They differ in their seeds only.
    let [simulation, ..] = &simulations;
    let of_each = Demand::of(Cost::simulation(simulation, 1)).with_simulation(simulation);
    let cost = of_each.cost * SIMULATIONS as u64 + Cost::training(&params);
    let job = move |turn: Turn| async move {
        let jobs = simulations.map(|params| move |turn: Turn| sample(params, turn));
        let samples = turn.side_by_side(of_each, jobs).await;
        let mut training = Training::new(&params, &samples);
        while !training.is_finished() {
            training.epoch();
            turn.give_way().await;
        }
        convert::validation_result(request, &training.conclude())
    };
    compute.answer(Demand::of(cost), job).await
}

async fn sample(params: SimulationParams, turn: Turn) -> Sample {
    let mut simulation = Simulation::begin(params);
    run_to(&mut simulation, params.steps(), &turn).await;
    Sample::of(&simulation)
}
