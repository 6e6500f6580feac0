//! `MFNFeaturesService`: the features of a simulation's end, or of its course.

use mfn_core::Simulation;
use mfn_proto::{FeatureFrame, FeatureRequest, FeatureStreamRequest};

use super::unary::UnaryCalls;
use super::{FRAMES_AHEAD, answer};
use crate::cache::Key;
use crate::compute::{Compute, FrameSender, FrameStream, Turn, extract, run_to};
use crate::convert;
use crate::cost::Cost;
use crate::demand::Demand;
use crate::encoded::EncodedAnswer;
use crate::error::Error;
use crate::layers::answer_body::Answer;
use crate::layers::one_message::{Call, MessageService};
use crate::messages::Kept;

/// Answers `MFNFeaturesService`.
#[derive(Clone, Debug)]
pub(crate) struct FeatureExtraction {
    compute: Compute,
    unary: UnaryCalls,
}

impl MessageService for FeatureExtraction {
    async fn answer(&self, method: &str, message: &Kept, call: &Call) -> Result<Answer, Error> {
        match method {
            "ExtractFeatures" => self.extract(&message.decode()?, call).await,
            "StreamFeatures" => {
                let request: FeatureStreamRequest = message.decode()?;
                let id_bytes = call.take_id(&request.request_id);
                let compute = self.compute.with_permit(call.permit.clone());
                let frames = stream(&compute, request, id_bytes)?;
                Ok(answer::many(frames, &call.id))
            }
            _ => Err(Error::MethodUnknown),
        }
    }
}

impl FeatureExtraction {
    pub(crate) fn new(compute: Compute, unary: UnaryCalls) -> Self {
        Self { compute, unary }
    }

    async fn extract(&self, request: &FeatureRequest, call: &Call) -> Result<Answer, Error> {
        let params = convert::features(request, call.take_id(&request.request_id))?;
        let job = move |turn: Turn| async move {
            let mut simulation = Simulation::begin(params);
            run_to(&mut simulation, params.steps(), &turn).await;
            let features = extract(&simulation, &turn).await;
            EncodedAnswer::of(&convert::feature_response(features))
        };
        let demand = Demand::of(Cost::features(&params, 1))
            .with_simulation(&params)
            .with_extraction(&params);
        let call = (&*request.request_id, call);
        self.unary.answer(Key::Features(params), demand, call, job).await
    }
}

/// Refuses what is out of range before there is a stream, so that the call
/// fails as a unary one does.
fn stream(
    compute: &Compute,
    request: FeatureStreamRequest,
    id_bytes: u64,
) -> Result<FrameStream<FeatureFrame>, Error> {
    let (params, interval) = convert::feature_stream(&request, id_bytes)?;
    let frame_count = interval.frames(params.steps()).count() as u32;
    let job = move |turn: Turn, frames: FrameSender<FeatureFrame>| async move {
        let mut simulation = Simulation::begin(params);
        for step in interval.frames(params.steps()) {
            run_to(&mut simulation, step, &turn).await;
            let features = extract(&simulation, &turn).await;
            frames.send(convert::feature_frame(&request, &simulation, features)).await;
        }
    };
    let demand = Demand::of(Cost::features(&params, frame_count))
        .with_simulation(&params)
        .with_extraction(&params);
    compute.frames(demand, FRAMES_AHEAD, job)
}
