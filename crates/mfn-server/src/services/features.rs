//! `MFNFeaturesService`.

use mfn_proto::mfn_features_service_server::MfnFeaturesService;
use mfn_proto::{FeatureFrame, FeatureRequest, FeatureResponse, FeatureStreamRequest};
use tokio_stream::Empty;
use tonic::{Request, Response, Status};

/// Answers `MFNFeaturesService`.
#[derive(Clone, Debug)]
pub(crate) struct Features;

#[tonic::async_trait]
impl MfnFeaturesService for Features {
    async fn extract_features(
        &self,
        _: Request<FeatureRequest>,
    ) -> Result<Response<FeatureResponse>, Status> {
        Err(Status::unimplemented("this version does not extract features"))
    }

    type StreamFeaturesStream = Empty<Result<FeatureFrame, Status>>;

    async fn stream_features(
        &self,
        _: Request<FeatureStreamRequest>,
    ) -> Result<Response<Self::StreamFeaturesStream>, Status> {
        Err(Status::unimplemented("this version does not extract features"))
    }
}
