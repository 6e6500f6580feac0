//! `x-request-id`, which every answer has.

use http::uri::PathAndQuery;
use mfn_proto::{PotentialField, SimulationRequest, SimulationStreamRequest};
use tonic::client::Grpc;
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;
use tonic_types::StatusExt as _;

use crate::{channel, simulation_client};

fn x_request_id(metadata: &MetadataMap) -> &str {
    let mut all = metadata.get_all("x-request-id").iter();
    let first = all.next().expect("every answer has one");
    assert_eq!(all.next(), None, "every answer has only one");
    first.to_str().expect("it is ASCII")
}

fn with_metadata<T>(message: T, id: &'static str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("x-request-id", id.parse().expect("it is ASCII"));
    request
}

fn body(id: &str) -> SimulationRequest {
    SimulationRequest { request_id: id.to_owned(), grid_size: 8, ..Default::default() }
}

fn is_uuid(id: &str) -> bool {
    uuid::Uuid::parse_str(id).is_ok()
}

// shows MFN-WIRE-010
#[tokio::test]
async fn an_answer_names_the_body_s_id_else_the_metadata_s_else_a_new_one() {
    let mut client = simulation_client().await;
    let mut id_of = async |request| {
        let answer = client.run_simulation(request).await.expect("an answer");
        x_request_id(answer.metadata()).to_owned()
    };
    assert_eq!(id_of(with_metadata(body("body"), "metadata")).await, "body");
    assert_eq!(id_of(Request::new(body("body"))).await, "body");
    assert_eq!(id_of(with_metadata(body(""), "metadata")).await, "metadata");

    let made = id_of(Request::new(body(""))).await;
    assert!(is_uuid(&made), "{made} is no UUID");
    assert_ne!(made, id_of(Request::new(body(""))).await);
}

#[tokio::test]
async fn a_stream_names_its_id_before_its_first_frame() {
    let mut client = simulation_client().await;
    let request = SimulationStreamRequest { request_id: "body".to_owned(), ..Default::default() };
    let stream = client.stream_simulation(request).await.expect("a stream");
    assert_eq!(x_request_id(stream.metadata()), "body");
}

// shows MFN-WIRE-010, MFN-ERR-003
/// The id in the status's details is the same as the one in its metadata.
#[tokio::test]
async fn a_refusal_names_its_id_like_an_answer() {
    let mut client = simulation_client().await;
    let bad = |id: &str| SimulationRequest { steps: -1, ..body(id) };
    let mut refusal = async |request| client.run_simulation(request).await.expect_err("a refusal");
    let id_of = |status: &Status| {
        let info = status.get_details_request_info().expect("a RequestInfo");
        assert_eq!(x_request_id(status.metadata()), info.request_id);
        info.request_id
    };
    assert_eq!(id_of(&refusal(with_metadata(bad("body"), "metadata")).await), "body");
    assert_eq!(id_of(&refusal(with_metadata(bad(""), "metadata")).await), "metadata");
    assert!(is_uuid(&id_of(&refusal(Request::new(bad(""))).await)));

    let too_long = with_metadata(bad(&"x".repeat(257)), "metadata");
    assert_eq!(id_of(&refusal(too_long).await), "metadata");
}

// shows MFN-WIRE-010, MFN-ERR-006
#[tokio::test]
async fn an_error_has_an_id_where_the_body_was_never_read() {
    let unknown = call("/mfn.MFNSimulationService/Unknown", SimulationRequest::default()).await;
    assert_eq!(unknown.code(), Code::Unimplemented);
    assert_eq!(x_request_id(unknown.metadata()), "metadata");

    let nobody = call("/mfn.MFNUnknownService/RunSimulation", SimulationRequest::default()).await;
    assert_eq!(nobody.code(), Code::Unimplemented);
    assert_eq!(x_request_id(nobody.metadata()), "metadata");

    // Field 1 is a number in this message, and text in the one it is read as.
    let undecodable = PotentialField { grid_size: 1, ..Default::default() };
    let undecodable = call("/mfn.MFNSimulationService/RunSimulation", undecodable).await;
    assert_eq!(undecodable.code(), Code::Internal);
    assert_eq!(x_request_id(undecodable.metadata()), "metadata");
}

/// The error of a call that the generated client would not make.
async fn call<T: prost::Message + Default + 'static>(path: &'static str, message: T) -> Status {
    let mut grpc = Grpc::new(channel().await);
    grpc.ready().await.expect("the server is there");
    let codec = ProstCodec::<T, SimulationRequest>::default();
    let request = with_metadata(message, "metadata");
    grpc.unary(request, PathAndQuery::from_static(path), codec).await.expect_err("an error")
}
