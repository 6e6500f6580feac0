//! What the proto file has and this version does not answer yet.

use mfn_proto::mfn_features_service_client::MfnFeaturesServiceClient;
use mfn_proto::mfn_validation_service_client::MfnValidationServiceClient;
use mfn_proto::{FeatureRequest, FeatureStreamRequest, ValidationRequest};
use tonic::Code;

use crate::channel;

#[tokio::test]
async fn features_and_validation_say_so() {
    let channel = channel().await;
    let mut features = MfnFeaturesServiceClient::new(channel.clone());
    let mut validation = MfnValidationServiceClient::new(channel);
    let codes = [
        features.extract_features(FeatureRequest::default()).await.err(),
        features.stream_features(FeatureStreamRequest::default()).await.err(),
        validation.validate_pattern(ValidationRequest::default()).await.err(),
    ]
    .map(|status| status.map(|status| status.code()));
    assert_eq!(codes, [Some(Code::Unimplemented); 3]);
}
