//! Health and reflection: what a client's tools ask before they call.

use prost::Message as _;
use prost_types::FileDescriptorProto;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::channel;

const SERVED: [&str; 6] = [
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "mfn.MFNFeaturesService",
    "mfn.MFNSimulationService",
    "mfn.MFNValidationService",
];

// shows MFN-WIRE-012
#[tokio::test]
async fn the_server_and_each_of_its_services_is_serving() {
    let mut health = HealthClient::new(channel().await);
    let whole = "";
    for service in [whole, SERVED[3], SERVED[4], SERVED[5]] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let answer = health.check(request).await.expect("an answer").into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service:?}");
    }
}

/// The two versions have the same messages, each in a package of its own.
macro_rules! reflection_test {
    ($test:ident, $version:ident) => {
        // shows MFN-WIRE-013, MFN-WIRE-014
        #[tokio::test]
        async fn $test() {
            use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
            use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
            use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;
            use tonic_reflection::pb::$version::{ExtensionRequest, ServerReflectionRequest};

            let mut reflection = ServerReflectionClient::new(channel().await);
            let (questions, asked) = mpsc::channel(1);
            let answers = reflection.server_reflection_info(ReceiverStream::new(asked)).await;
            let mut answers = answers.expect("a stream").into_inner();
            let mut ask = async |question| {
                let question = ServerReflectionRequest {
                    host: "host".to_owned(),
                    message_request: Some(question),
                };
                questions.send(question.clone()).await.expect("it is open");
                let answer = answers.message().await.expect("an answer").expect("not the end");
                assert_eq!(answer.valid_host, "host");
                assert_eq!(answer.original_request, Some(question));
                answer.message_response.expect("a response")
            };

            let MessageResponse::ListServicesResponse(list) =
                ask(MessageRequest::ListServices(String::new())).await
            else {
                panic!("the answer is no list");
            };
            let names: Vec<_> = list.service.iter().map(|service| &*service.name).collect();
            assert_eq!(names, SERVED);

            let mut file_of = async |question| match ask(question).await {
                MessageResponse::FileDescriptorResponse(files) => {
                    assert_eq!(files.file_descriptor_proto.len(), 1);
                    let file = FileDescriptorProto::decode(&*files.file_descriptor_proto[0]);
                    Some(file.expect("a file"))
                }
                MessageResponse::ErrorResponse(error) => {
                    assert_eq!(error.error_code, i32::from(Code::NotFound));
                    None
                }
                other => panic!("{other:?}"),
            };
            let mut to_describe = Vec::new();
            for symbol in [
                "mfn.MFNSimulationService",
                "mfn.MFNSimulationService.RunSimulation",
                "mfn.SimulationRequest",
                "mfn.SimulationRequest.spike_probability",
                "mfn.ResponseMeta.MetaEntry",
                "grpc.reflection.v1.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflectionRequest.message_request",
                "grpc.health.v1.HealthCheckResponse.ServingStatus",
                "grpc.health.v1.HealthCheckResponse.SERVING",
                "google.rpc.ErrorInfo",
            ] {
                let file = file_of(MessageRequest::FileContainingSymbol(symbol.to_owned())).await;
                to_describe.push(file.unwrap_or_else(|| panic!("{symbol}")));
            }
            // Whatever a file imports is there too.
            while let Some(file) = to_describe.pop() {
                for import in file.dependency {
                    let file = file_of(MessageRequest::FileByFilename(import.clone())).await;
                    to_describe.push(file.unwrap_or_else(|| panic!("{import}")));
                }
            }
            for symbol in
                ["mfn.Nobody", "mfn", "grpc.health.v1.HealthCheckResponse.ServingStatus.SERVING"]
            {
                let file = file_of(MessageRequest::FileContainingSymbol(symbol.to_owned())).await;
                assert!(file.is_none(), "{symbol}");
            }
            let extension =
                ExtensionRequest { containing_type: SERVED[3].to_owned(), extension_number: 1 };
            assert!(file_of(MessageRequest::FileContainingExtension(extension)).await.is_none());
            let request = "mfn.SimulationRequest".to_owned();
            let MessageResponse::AllExtensionNumbersResponse(numbers) =
                ask(MessageRequest::AllExtensionNumbersOfType(request.clone())).await
            else {
                panic!("the answer is no list");
            };
            assert_eq!((numbers.base_type_name, numbers.extension_number), (request, vec![]));
        }
    };
}

reflection_test!(reflection_v1_lists_and_describes_all_that_is_served, v1);
reflection_test!(reflection_v1alpha_lists_and_describes_all_that_is_served, v1alpha);
