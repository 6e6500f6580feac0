//! `MFNSimulationService`: one simulation, its end or its course.

use std::pin::Pin;

use mfn_core::{Simulation, SimulationParams};
use mfn_proto::mfn_simulation_service_server::MfnSimulationService;
use mfn_proto::{SimulationFrame, SimulationRequest, SimulationResult, SimulationStreamRequest};
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status};

use super::{FRAMES_AHEAD, FRAMES_AHEAD_WITH_FIELD};
use crate::compute::{Caller, Compute, FrameStream, advance};
use crate::convert;
use crate::cost::Cost;
use crate::demand::Demand;
use crate::error::Error;
use crate::layers::deadline::LargeAnswer;
use crate::layers::limits::Permit;
use crate::request_id::RequestId;

/// Answers `MFNSimulationService`.
#[derive(Clone, Debug)]
pub(crate) struct Simulations {
    compute: Compute,
    max_message_bytes: usize,
}

#[tonic::async_trait]
impl MfnSimulationService for Simulations {
    async fn run_simulation(
        &self,
        request: Request<SimulationRequest>,
    ) -> Result<Response<SimulationResult>, Status> {
        let id = RequestId::of(request.extensions(), &request.get_ref().request_id);
        let id_bytes = id.bytes_sent(&request.get_ref().request_id);
        let compute = self.compute.with_permit(Permit::of(request.extensions()));
        let is_large = request.get_ref().include_field;
        let result = self.run(compute, request.into_inner(), id_bytes).await;
        let mut response = Response::new(result.map_err(|error| error.into_status(&id))?);
        if is_large {
            response.extensions_mut().insert(LargeAnswer);
        }
        Ok(response)
    }

    type StreamSimulationStream =
        Pin<Box<dyn Stream<Item = Result<SimulationFrame, Status>> + Send>>;

    async fn stream_simulation(
        &self,
        request: Request<SimulationStreamRequest>,
    ) -> Result<Response<Self::StreamSimulationStream>, Status> {
        let id = RequestId::of(request.extensions(), &request.get_ref().request_id);
        let id_bytes = id.bytes_sent(&request.get_ref().request_id);
        let compute = self.compute.with_permit(Permit::of(request.extensions()));
        let frames = self.stream(&compute, request.into_inner(), id_bytes);
        let frames = frames.map_err(|error| error.into_status(&id))?;
        let frames = frames.map(move |frame| frame.map_err(|error| error.into_status(&id)));
        Ok(Response::new(Box::pin(frames)))
    }
}

impl Simulations {
    /// Answers have at most `max_message_bytes` each.
    pub(crate) fn new(compute: Compute, max_message_bytes: usize) -> Self {
        Self { compute, max_message_bytes }
    }

    async fn run(
        &self,
        compute: Compute,
        request: SimulationRequest,
        id_bytes: u64,
    ) -> Result<SimulationResult, Error> {
        let params = convert::simulation(&request, id_bytes)?;
        let with_field = request.include_field;
        self.check_answer(&params, with_field)?;
        let job = move |caller: &dyn Caller| {
            let mut simulation = Simulation::new(params);
            advance(&mut simulation, params.steps(), caller)?;
            Ok(convert::simulation_result(request, &simulation))
        };
        let answer_bytes = convert::answer_bytes(&params, with_field);
        let demand = Demand::of(Cost::simulation(&params, 1))
            .with_simulation(&params)
            .with_answer(answer_bytes);
        compute.answer(demand, job).await
    }

    /// Refuses what is out of range before there is a stream, so that the call
    /// fails as a unary one does.
    fn stream(
        &self,
        compute: &Compute,
        request: SimulationStreamRequest,
        id_bytes: u64,
    ) -> Result<FrameStream<SimulationFrame>, Error> {
        let (params, interval) = convert::simulation_stream(&request, id_bytes)?;
        let with_field = request.include_field;
        self.check_answer(&params, with_field)?;
        let frame_count = interval.frames(params.steps()).count() as u32;
        let ahead = if with_field { FRAMES_AHEAD_WITH_FIELD } else { FRAMES_AHEAD };
        let mut steps = interval.frames(params.steps());
        let mut simulation = None;
        let next = move |caller: &dyn Caller| {
            let Some(step) = steps.next() else { return Ok(None) };
            let simulation = simulation.get_or_insert_with(|| Simulation::new(params));
            advance(simulation, step, caller)?;
            Ok(Some(convert::simulation_frame(&request, simulation)))
        };
        let answer_bytes = ahead * convert::answer_bytes(&params, with_field);
        let demand = Demand::of(Cost::simulation(&params, frame_count))
            .with_simulation(&params)
            .with_answer(answer_bytes);
        compute.frames(demand, ahead, next)
    }

    /// Refuses a field that no message may hold before it is computed.
    fn check_answer(&self, params: &SimulationParams, with_field: bool) -> Result<(), Error> {
        let (bytes, limit) = (convert::answer_bytes(params, with_field), self.max_message_bytes);
        if bytes > limit { Err(Error::AnswerTooLarge { bytes, limit }) } else { Ok(()) }
    }
}
