//! `MFNFeaturesService`: the features of a simulation's end, or of its course.

use std::pin::Pin;

use mfn_core::Simulation;
use mfn_proto::mfn_features_service_server::MfnFeaturesService;
use mfn_proto::{FeatureFrame, FeatureRequest, FeatureResponse, FeatureStreamRequest};
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status};

use super::FRAMES_AHEAD;
use crate::compute::{Compute, FrameSender, FrameStream, Turn, extract, run_to};
use crate::convert;
use crate::cost::Cost;
use crate::demand::Demand;
use crate::error::Error;
use crate::permit::Permit;
use crate::request_id::RequestId;

/// Answers `MFNFeaturesService`.
#[derive(Clone, Debug)]
pub(crate) struct FeatureExtraction {
    compute: Compute,
}

#[tonic::async_trait]
impl MfnFeaturesService for FeatureExtraction {
    async fn extract_features(
        &self,
        request: Request<FeatureRequest>,
    ) -> Result<Response<FeatureResponse>, Status> {
        let id = RequestId::of(request.extensions(), &request.get_ref().request_id);
        let id_bytes = id.bytes_sent(&request.get_ref().request_id);
        let compute = self.compute.with_permit(Permit::of(request.extensions()));
        let response = extracted(compute, request.into_inner(), id_bytes).await;
        response.map(Response::new).map_err(|error| error.into_status(&id))
    }

    type StreamFeaturesStream = Pin<Box<dyn Stream<Item = Result<FeatureFrame, Status>> + Send>>;

    async fn stream_features(
        &self,
        request: Request<FeatureStreamRequest>,
    ) -> Result<Response<Self::StreamFeaturesStream>, Status> {
        let id = RequestId::of(request.extensions(), &request.get_ref().request_id);
        let id_bytes = id.bytes_sent(&request.get_ref().request_id);
        let compute = self.compute.with_permit(Permit::of(request.extensions()));
        let frames = stream(&compute, request.into_inner(), id_bytes);
        let frames = frames.map_err(|error| error.into_status(&id))?;
        let frames = frames.map(move |frame| frame.map_err(|error| error.into_status(&id)));
        Ok(Response::new(Box::pin(frames)))
    }
}

impl FeatureExtraction {
    pub(crate) fn new(compute: Compute) -> Self {
        Self { compute }
    }
}

async fn extracted(
    compute: Compute,
    request: FeatureRequest,
    id_bytes: u64,
) -> Result<FeatureResponse, Error> {
    let params = convert::features(&request, id_bytes)?;
    let job = move |turn: Turn| async move {
        let mut simulation = Simulation::begin(params);
        run_to(&mut simulation, params.steps(), &turn).await;
        convert::feature_response(request, extract(&simulation, &turn).await)
    };
    let demand =
        Demand::of(Cost::features(&params, 1)).with_simulation(&params).with_extraction(&params);
    compute.answer(demand, job).await
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
