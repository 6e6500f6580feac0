//! `MFNSimulationService`: one simulation, its end or its course.

use bytes::Bytes;
use mfn_core::{Simulation, SimulationParams};
use mfn_proto::{SimulationFrame, SimulationRequest, SimulationStreamRequest};

use super::unary::UnaryCalls;
use super::{FRAMES_AHEAD, PIECES_AHEAD, answer};
use crate::cache::Key;
use crate::compute::{Compute, FrameSender, Turn, run_to};
use crate::convert::{self, PIECE_BYTES};
use crate::cost::Cost;
use crate::demand::Demand;
use crate::encoded::EncodedAnswer;
use crate::error::Error;
use crate::layers::answer_body::Answer;
use crate::layers::one_message::{Call, MessageService};
use crate::messages::Kept;

/// Answers `MFNSimulationService`.
#[derive(Clone, Debug)]
pub(crate) struct Simulations {
    compute: Compute,
    unary: UnaryCalls,
    max_message_bytes: usize,
}

impl MessageService for Simulations {
    async fn answer(&self, method: &str, message: &Kept, call: &Call) -> Result<Answer, Error> {
        match method {
            "RunSimulation" => self.run(&message.decode()?, call).await,
            "StreamSimulation" => self.stream(message.decode()?, call),
            _ => Err(Error::MethodUnknown),
        }
    }
}

impl Simulations {
    /// Answers have at most `max_message_bytes` each.
    pub(crate) fn new(compute: Compute, unary: UnaryCalls, max_message_bytes: usize) -> Self {
        Self { compute, unary, max_message_bytes }
    }

    async fn run(&self, request: &SimulationRequest, call: &Call) -> Result<Answer, Error> {
        let params = convert::simulation(request, call.take_id(&request.request_id))?;
        let with_field = request.include_field;
        self.check_answer(&params, with_field)?;
        let demand = Demand::of(Cost::simulation(&params, 1))
            .with_simulation(&params)
            .with_answer(convert::answer_bytes(&params, with_field));
        let job = move |turn: Turn| async move {
            let mut simulation = Simulation::begin(params);
            run_to(&mut simulation, params.steps(), &turn).await;
            if !with_field {
                return EncodedAnswer::of(&convert::simulation_result(&simulation));
            }
            let mut message = convert::result_with_field(&simulation);
            let mut pieces = Vec::new();
            while let Some(piece) = message.next_piece(&simulation) {
                pieces.push(piece);
                turn.give_way().await;
            }
            EncodedAnswer::in_pieces(pieces)
        };
        let key = Key::Simulation { params, with_field };
        self.unary.answer(key, demand, (&*request.request_id, call), job).await
    }

    /// Refuses what is out of range before there is a stream, so that the call
    /// fails as a unary one does.
    fn stream(&self, request: SimulationStreamRequest, call: &Call) -> Result<Answer, Error> {
        let id_bytes = call.take_id(&request.request_id);
        let (params, interval) = convert::simulation_stream(&request, id_bytes)?;
        self.check_answer(&params, request.include_field)?;
        let compute = self.compute.with_permit(call.permit.clone());
        let frame_count = interval.frames(params.steps()).count() as u32;
        let demand = Demand::of(Cost::simulation(&params, frame_count)).with_simulation(&params);
        if request.include_field {
            let job = move |turn: Turn, pieces: FrameSender<Bytes>| async move {
                let mut simulation = Simulation::begin(params);
                for step in interval.frames(params.steps()) {
                    run_to(&mut simulation, step, &turn).await;
                    let mut message = convert::frame_with_field(&request, &simulation);
                    while let Some(piece) = message.next_piece(&simulation) {
                        pieces.send(piece).await;
                        turn.give_way().await;
                    }
                }
            };
            let demand = demand.with_answer(PIECES_AHEAD * PIECE_BYTES);
            let pieces = compute.frames(demand, PIECES_AHEAD, job)?;
            return Ok(answer::in_pieces(pieces, &call.id));
        }
        let job = move |turn: Turn, frames: FrameSender<SimulationFrame>| async move {
            let mut simulation = Simulation::begin(params);
            for step in interval.frames(params.steps()) {
                run_to(&mut simulation, step, &turn).await;
                frames.send(convert::simulation_frame(&request, &simulation)).await;
            }
        };
        let demand = demand.with_answer(FRAMES_AHEAD * convert::answer_bytes(&params, false));
        let frames = compute.frames(demand, FRAMES_AHEAD, job)?;
        Ok(answer::many(frames, &call.id))
    }

    /// Refuses a field that no message may hold before it is computed.
    fn check_answer(&self, params: &SimulationParams, with_field: bool) -> Result<(), Error> {
        let (bytes, limit) = (convert::answer_bytes(params, with_field), self.max_message_bytes);
        if bytes > limit { Err(Error::AnswerTooLarge { bytes, limit }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use futures_util::FutureExt as _;
    use http_body_util::BodyStream;
    use tokio::sync::oneshot;
    use tokio_stream::{Stream, StreamExt as _};

    use super::*;
    use crate::compute::PoolSize;
    use crate::memory::Budget;

    const MAX_MESSAGE_BYTES: usize = 100 << 20;

    fn one_worker() -> Compute {
        let one = NonZero::<usize>::MIN;
        let size = PoolSize { workers: one, cores: one, queue_depth: 100 };
        Compute::start(size, &Budget::new(MAX_MESSAGE_BYTES)).expect("a thread")
    }

    fn simulations(compute: Compute) -> Simulations {
        let unary = UnaryCalls::new(compute.clone(), None);
        Simulations::new(compute, unary, MAX_MESSAGE_BYTES)
    }

    /// Keeps the worker busy until the sender is dropped.
    async fn is_kept_busy(compute: &Compute) -> std::sync::mpsc::Sender<()> {
        let (free, freed) = std::sync::mpsc::channel::<()>();
        let (begin, begun) = oneshot::channel();
        let compute = compute.clone();
        tokio::spawn(async move {
            let job = move |_: Turn| async move {
                begin.send(()).ok();
                freed.recv().ok();
            };
            compute.answer(Demand::of(Cost::LARGEST), job).await
        });
        begun.await.expect("it begins");
        free
    }

    /// The pieces of an answer that is sent in some.
    fn pieces(answer: Answer) -> impl Stream<Item = Bytes> + Unpin {
        let frames = BodyStream::new(answer.into_body());
        frames.filter_map(|frame| frame.expect("no error").into_data().ok())
    }

    #[tokio::test]
    async fn a_field_is_encoded_off_the_network_threads_and_in_pieces() {
        let compute = one_worker();
        let simulations = simulations(compute.clone());
        let request = SimulationStreamRequest {
            grid_size: 1024,
            steps: 2,
            stream_interval: 1,
            include_field: true,
            ..Default::default()
        };
        let answer = simulations.stream(request, &Call::default()).expect("a stream");
        let mut pieces = pieces(answer);
        let mut bytes = pieces.next().await.expect("a piece").len();
        // While no worker is free, there is only what was encoded before.
        let free = is_kept_busy(&compute).await;
        let mut count = 0;
        while let Some(Some(piece)) = pieces.next().now_or_never() {
            count += 1;
            bytes += piece.len();
        }
        assert!(count <= PIECES_AHEAD, "{count}");
        drop(free);
        while let Some(piece) = pieces.next().await {
            assert!(piece.len() <= PIECE_BYTES, "{}", piece.len());
            bytes += piece.len();
        }
        assert!(bytes >= 2 * 1024 * 1024 * size_of::<f64>(), "{bytes}");
    }

    #[tokio::test]
    async fn the_field_of_a_unary_answer_is_handed_out_in_pieces() {
        let simulations = simulations(one_worker());
        let request = SimulationRequest {
            grid_size: 300,
            steps: 1,
            include_field: true,
            ..Default::default()
        };
        let answer = simulations.run(&request, &Call::default()).await.expect("an answer");
        let pieces: Vec<Bytes> = pieces(answer).collect().await;
        assert!(pieces.iter().all(|piece| piece.len() <= PIECE_BYTES));
        assert!(pieces.concat().len() >= 300 * 300 * size_of::<f64>());
    }
}
