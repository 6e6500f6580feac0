//! `MFNSimulationService`: one simulation, its end or its course.

use std::iter;
use std::pin::Pin;

use mfn_core::{Simulation, SimulationParams};
use mfn_proto::mfn_simulation_service_server::MfnSimulationService;
use mfn_proto::{SimulationFrame, SimulationRequest, SimulationResult, SimulationStreamRequest};
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status};

use super::{FRAMES_AHEAD, PIECES_AHEAD};
use crate::compute::{Caller, CallerGone, Compute, FrameStream, advance};
use crate::convert::{self, FieldMessage, PIECE_BYTES};
use crate::cost::Cost;
use crate::demand::Demand;
use crate::error::Error;
use crate::layers::large_answer::{LargeAnswer, Pieces};
use crate::layers::limits::Permit;
use crate::request_id::RequestId;

/// Answers `MFNSimulationService`.
#[derive(Clone, Debug)]
pub(crate) struct Simulations {
    compute: Compute,
    max_message_bytes: usize,
}

/// An answer that tonic encodes; with a field, one that is encoded in pieces where
/// it is computed.
enum Answer<T> {
    Message(T),
    InPieces(Pieces),
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
        let answer = self.run(compute, request.into_inner(), id_bytes).await;
        Ok(match answer.map_err(|error| error.into_status(&id))? {
            Answer::Message(result) => Response::new(result),
            Answer::InPieces(pieces) => {
                LargeAnswer::new(pieces).into_response(SimulationResult::default())
            }
        })
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
        let answer = self.stream(&compute, request.into_inner(), id_bytes);
        Ok(match answer.map_err(|error| error.into_status(&id))? {
            Answer::Message(frames) => Response::new(Box::pin(
                frames.map(move |frame| frame.map_err(|error| error.into_status(&id))),
            )),
            Answer::InPieces(pieces) => {
                LargeAnswer::new(pieces).into_response(Box::pin(tokio_stream::empty()))
            }
        })
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
    ) -> Result<Answer<SimulationResult>, Error> {
        let params = convert::simulation(&request, id_bytes)?;
        self.check_answer(&params, request.include_field)?;
        let demand = Demand::of(Cost::simulation(&params, 1))
            .with_simulation(&params)
            .with_answer(convert::answer_bytes(&params, request.include_field));
        let run = move |caller: &dyn Caller| {
            let mut simulation = Simulation::new(params);
            advance(&mut simulation, params.steps(), caller).map(|()| simulation)
        };
        if request.include_field {
            let job = move |caller: &dyn Caller| {
                let simulation = run(caller)?;
                let mut message = convert::result_with_field(request, &simulation);
                Ok(iter::from_fn(|| message.next_piece(&simulation)).collect::<Vec<_>>())
            };
            let pieces = compute.answer(demand, job).await?;
            let pieces = tokio_stream::iter(pieces.into_iter().map(Ok));
            return Ok(Answer::InPieces(Box::pin(pieces)));
        }
        let job = move |caller: &dyn Caller| {
            run(caller).map(|simulation| convert::simulation_result(request, &simulation))
        };
        compute.answer(demand, job).await.map(Answer::Message)
    }

    /// Refuses what is out of range before there is a stream, so that the call
    /// fails as a unary one does.
    fn stream(
        &self,
        compute: &Compute,
        request: SimulationStreamRequest,
        id_bytes: u64,
    ) -> Result<Answer<FrameStream<SimulationFrame>>, Error> {
        let (params, interval) = convert::simulation_stream(&request, id_bytes)?;
        self.check_answer(&params, request.include_field)?;
        let frame_count = interval.frames(params.steps()).count() as u32;
        let demand = Demand::of(Cost::simulation(&params, frame_count)).with_simulation(&params);
        let mut states = States::of(params, interval.frames(params.steps()));
        if request.include_field {
            let mut message: Option<FieldMessage> = None;
            let next = move |caller: &dyn Caller| loop {
                // A state is left when all of it is encoded.
                if let (Some(message), Some(simulation)) = (&mut message, states.present())
                    && let Some(piece) = message.next_piece(simulation)
                {
                    return Ok(Some(piece));
                }
                let Some(simulation) = states.next(caller)? else { return Ok(None) };
                message = Some(convert::frame_with_field(&request, simulation));
            };
            let demand = demand.with_answer(PIECES_AHEAD * PIECE_BYTES);
            return compute.frames(demand, PIECES_AHEAD, next).map(Answer::InPieces);
        }
        let next = move |caller: &dyn Caller| {
            let state = states.next(caller)?;
            Ok(state.map(|simulation| convert::simulation_frame(&request, simulation)))
        };
        let demand = demand.with_answer(FRAMES_AHEAD * convert::answer_bytes(&params, false));
        compute.frames(demand, FRAMES_AHEAD, next).map(Answer::Message)
    }

    /// Refuses a field that no message may hold before it is computed.
    fn check_answer(&self, params: &SimulationParams, with_field: bool) -> Result<(), Error> {
        let (bytes, limit) = (convert::answer_bytes(params, with_field), self.max_message_bytes);
        if bytes > limit { Err(Error::AnswerTooLarge { bytes, limit }) } else { Ok(()) }
    }
}

/// The states of a simulation that a stream shows, one after the other.
struct States<I> {
    params: SimulationParams,
    steps: I,
    simulation: Option<Simulation>,
}

impl<I: Iterator<Item = u32>> States<I> {
    /// Those after so many steps each.
    fn of(params: SimulationParams, steps: I) -> Self {
        Self { params, steps, simulation: None }
    }

    /// The state that [`Self::next`] has left it in.
    fn present(&self) -> Option<&Simulation> {
        self.simulation.as_ref()
    }

    /// The next state; nothing after the last.
    fn next(&mut self, caller: &dyn Caller) -> Result<Option<&Simulation>, CallerGone> {
        let Some(step) = self.steps.next() else { return Ok(None) };
        let simulation = self.simulation.get_or_insert_with(|| Simulation::new(self.params));
        advance(simulation, step, caller)?;
        Ok(Some(simulation))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use bytes::Bytes;
    use futures_util::FutureExt as _;
    use tokio::sync::oneshot;

    use super::*;
    use crate::memory::Budget;

    const MAX_MESSAGE_BYTES: usize = 100 << 20;

    fn one_worker() -> Compute {
        let workers = NonZero::new(1).expect("not 0");
        Compute::start(workers, 100, &Budget::new(MAX_MESSAGE_BYTES)).expect("a thread")
    }

    /// Keeps the worker busy until the sender is dropped.
    async fn is_kept_busy(compute: &Compute) -> std::sync::mpsc::Sender<()> {
        let (free, freed) = std::sync::mpsc::channel::<()>();
        let (begin, begun) = oneshot::channel();
        let compute = compute.clone();
        tokio::spawn(async move {
            let job = move |_: &dyn Caller| {
                begin.send(()).ok();
                freed.recv().ok();
                Ok(())
            };
            compute.answer(Demand::of(Cost::LARGEST), job).await
        });
        begun.await.expect("it begins");
        free
    }

    fn pieces<T>(response: &Response<T>) -> Pieces {
        let answer = response.extensions().get::<LargeAnswer>().expect("a large answer");
        answer.take().expect("it is not sent yet")
    }

    #[tokio::test]
    async fn a_field_is_encoded_off_the_network_threads_and_in_pieces() {
        let compute = one_worker();
        let simulations = Simulations::new(compute.clone(), MAX_MESSAGE_BYTES);
        let request = SimulationStreamRequest {
            grid_size: 1024,
            steps: 2,
            stream_interval: 1,
            include_field: true,
            ..Default::default()
        };
        let response = simulations.stream_simulation(Request::new(request)).await;
        let mut pieces = pieces(&response.expect("a stream"));
        let mut bytes = pieces.next().await.expect("a piece").expect("no error").len();
        // While no worker is free, there is only what was encoded before.
        let free = is_kept_busy(&compute).await;
        let mut count = 0;
        while let Some(Some(piece)) = pieces.next().now_or_never() {
            count += 1;
            bytes += piece.expect("no error").len();
        }
        assert!(count <= PIECES_AHEAD, "{count}");
        drop(free);
        while let Some(piece) = pieces.next().await {
            let piece = piece.expect("no error");
            assert!(piece.len() <= PIECE_BYTES, "{}", piece.len());
            bytes += piece.len();
        }
        assert!(bytes >= 2 * 1024 * 1024 * size_of::<f64>(), "{bytes}");
    }

    #[tokio::test]
    async fn the_field_of_a_unary_answer_is_handed_out_in_pieces() {
        let simulations = Simulations::new(one_worker(), MAX_MESSAGE_BYTES);
        let request = SimulationRequest {
            grid_size: 300,
            steps: 1,
            include_field: true,
            ..Default::default()
        };
        let response = simulations.run_simulation(Request::new(request)).await;
        let pieces: Vec<Bytes> = pieces(&response.expect("an answer"))
            .map(|piece| piece.expect("no error"))
            .collect()
            .await;
        assert!(pieces.iter().all(|piece| piece.len() <= PIECE_BYTES));
        assert!(pieces.concat().len() >= 300 * 300 * size_of::<f64>());
    }
}
