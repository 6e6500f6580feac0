//! `MFNValidationService`: a small training run, and what is checked beside it.

use mfn_core::validation::{Sample, Training};
use mfn_core::{Simulation, SimulationParams};
use mfn_proto::mfn_validation_service_server::MfnValidationService;
use mfn_proto::{ValidationRequest, ValidationResult};
use tonic::{Request, Response, Status};

use crate::compute::{Caller, CallerGone, Compute, advance};
use crate::convert;
use crate::cost::Cost;
use crate::demand::Demand;
use crate::error::Error;
use crate::layers::limits::Permit;
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

/// The simulations are jobs of their own, side by side where threads are
/// free; the training waits for all of them.
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
    let jobs = simulations.map(|params| move |caller: &dyn Caller| sample(params, caller));
    let samples = compute.answers(of_each, jobs).await?;
    let job = move |caller: &dyn Caller| {
        let mut training = Training::new(&params, &samples);
        while !training.is_finished() {
            caller.wants_more()?;
            training.epoch();
        }
        Ok(convert::validation_result(request, &training.conclude()))
    };
    compute.further(Demand::of(Cost::training(&params)), job).await
}

fn sample(params: SimulationParams, caller: &dyn Caller) -> Result<Sample, CallerGone> {
    let mut simulation = Simulation::new(params);
    advance(&mut simulation, params.steps(), caller)?;
    Ok(Sample::of(&simulation))
}
