//! `MFNValidationService`: a small training run, and what is checked beside it.

use mfn_core::validation::{SIMULATIONS, Sample, Training};
use mfn_core::{Simulation, SimulationParams, ValidationParams};
use mfn_proto::ValidationRequest;

use super::unary::UnaryCalls;
use crate::cache::Key;
use crate::compute::{Turn, run_to};
use crate::convert;
use crate::cost::Cost;
use crate::demand::Demand;
use crate::encoded::EncodedAnswer;
use crate::error::Error;
use crate::layers::answer_body::Answer;
use crate::layers::one_message::{Call, MessageService};
use crate::messages::Kept;

/// Answers `MFNValidationService`.
#[derive(Clone, Debug)]
pub(crate) struct PatternValidation {
    unary: UnaryCalls,
}

impl MessageService for PatternValidation {
    async fn answer(&self, method: &str, message: &Kept, call: &Call) -> Result<Answer, Error> {
        match method {
            "ValidatePattern" => self.validate(&message.decode()?, call).await,
            _ => Err(Error::MethodUnknown),
        }
    }
}

impl PatternValidation {
    pub(crate) fn new(unary: UnaryCalls) -> Self {
        Self { unary }
    }

    /// The simulations are computed side by side where threads are free; the training
    /// waits for all of them.
    async fn validate(&self, request: &ValidationRequest, call: &Call) -> Result<Answer, Error> {
        let params = convert::validation(request, call.take_id(&request.request_id))?;
        let key = Key::Validation(params);
        let of_each = of_each(&params);
        let cost = of_each.cost * SIMULATIONS as u64 + Cost::training(&params);
        let job = move |turn: Turn| async move {
            let jobs = params.simulations().map(|params| move |turn: Turn| sample(params, turn));
            let samples = turn.side_by_side(of_each, jobs).await;
            let mut training = Training::new(&params, &samples);
            while !training.is_finished() {
                training.epoch();
                turn.give_way().await;
            }
            EncodedAnswer::of(&convert::validation_result(&training.conclude()))
        };
        self.unary.answer(key, Demand::of(cost), (&*request.request_id, call), job).await
    }
}

/// What each of the simulations asks. They differ in their seeds only.
fn of_each(params: &ValidationParams) -> Demand {
    let [simulation, ..] = &params.simulations();
    Demand::of(Cost::simulation(simulation, 1)).with_simulation(simulation)
}

async fn sample(params: SimulationParams, turn: Turn) -> Sample {
    let mut simulation = Simulation::begin(params);
    run_to(&mut simulation, params.steps(), &turn).await;
    Sample::of(&simulation)
}
