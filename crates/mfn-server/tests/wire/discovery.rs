//! Health and reflection: what a client's tools ask before they call.

use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::channel;

const SERVED: [&str; 4] = [
    "grpc.health.v1.Health",
    "mfn.MFNFeaturesService",
    "mfn.MFNSimulationService",
    "mfn.MFNValidationService",
];

// shows MFN-WIRE-012
#[tokio::test]
async fn the_server_and_each_of_its_services_is_serving() {
    let mut health = HealthClient::new(channel().await);
    let whole = "";
    for service in [whole, SERVED[1], SERVED[2], SERVED[3]] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let answer = health.check(request).await.expect("an answer").into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service:?}");
    }
}

/// The two versions have the same messages, each in a package of its own.
macro_rules! reflection_test {
    ($test:ident, $version:ident) => {
        // shows MFN-WIRE-013
        #[tokio::test]
        async fn $test() {
            use tonic_reflection::pb::$version::ServerReflectionRequest;
            use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
            use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
            use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;

            let mut reflection = ServerReflectionClient::new(channel().await);
            let questions = [
                MessageRequest::ListServices(String::new()),
                MessageRequest::FileContainingSymbol("mfn.MFNSimulationService".to_owned()),
            ]
            .map(|question| ServerReflectionRequest {
                host: String::new(),
                message_request: Some(question),
            });
            let answers = reflection.server_reflection_info(tokio_stream::iter(questions)).await;
            let mut answers = answers.expect("a stream").into_inner();
            let mut next = async || answers.message().await.expect("an answer")?.message_response;

            let Some(MessageResponse::ListServicesResponse(list)) = next().await else {
                panic!("the answer is no list");
            };
            let mut names: Vec<_> = list.service.iter().map(|service| &*service.name).collect();
            names.sort_unstable();
            let own = format!("grpc.reflection.{}.ServerReflection", stringify!($version));
            assert_eq!(names, [SERVED[0], &own, SERVED[1], SERVED[2], SERVED[3]]);

            let Some(MessageResponse::FileDescriptorResponse(files)) = next().await else {
                panic!("the answer is no file");
            };
            assert_eq!(files.file_descriptor_proto.len(), 1);
        }
    };
}

reflection_test!(reflection_v1_lists_and_describes_the_services, v1);
reflection_test!(reflection_v1alpha_lists_and_describes_the_services, v1alpha);
