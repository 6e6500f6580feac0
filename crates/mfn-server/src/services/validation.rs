//! `MFNValidationService`: a small training run, and what is checked beside it.

use mfn_core::validation::{SIMULATIONS, Sample, Training};
use mfn_core::{Simulation, SimulationParams};
use mfn_proto::mfn_validation_service_server::MfnValidationService;
use mfn_proto::{ValidationRequest, ValidationResult};
use tonic::{Request, Response, Status};

use crate::compute::{Compute, Turn, run_to};
use crate::convert;
use crate::cost::Cost;
use crate::demand::Demand;
use crate::error::Error;
use crate::permit::Permit;
use crate::request_id::RequestId;

/// Answers `MFNValidationService`.
#[derive(Clone, Debug)]
pub(crate) struct PatternValidation {
    compute: Compute,
}

#[tonic::async_trait]
impl MfnValidationService for PatternValidation {
    async fn validate_pattern(
        &self,
        request: Request<ValidationRequest>,
    ) -> Result<Response<ValidationResult>, Status> {
        let id = RequestId::of(request.extensions(), &request.get_ref().request_id);
        let id_bytes = id.bytes_sent(&request.get_ref().request_id);
        let compute = self.compute.with_permit(Permit::of(request.extensions()));
        let result = validate(compute, request.into_inner(), id_bytes).await;
        result.map(Response::new).map_err(|error| error.into_status(&id))
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
