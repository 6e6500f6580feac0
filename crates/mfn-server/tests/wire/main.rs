//! The server as a client sees it: started in this process, called over a
//! socket with the generated client.

mod abandoned;
mod cache;
mod defaults;
mod discovery;
mod features;
mod invariants;
mod known_answers;
mod metadata;
mod ranges;
mod serving;
mod streams;
mod validation;

use std::future::pending;
use std::net::SocketAddr;

use mfn_access::Limits;
use mfn_proto::mfn_features_service_client::MfnFeaturesServiceClient;
use mfn_proto::mfn_simulation_service_client::MfnSimulationServiceClient;
use mfn_proto::mfn_validation_service_client::MfnValidationServiceClient;
use mfn_server::{AuditLog, Config, Server};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

type FeaturesClient = MfnFeaturesServiceClient<Channel>;
type SimulationClient = MfnSimulationServiceClient<Channel>;
type ValidationClient = MfnValidationServiceClient<Channel>;

/// A client of a server of its own.
async fn simulation_client() -> SimulationClient {
    MfnSimulationServiceClient::new(channel().await)
        // As much as the server sends.
        .max_decoding_message_size(100 * 1024 * 1024)
}

/// See [`simulation_client`].
async fn features_client() -> FeaturesClient {
    MfnFeaturesServiceClient::new(channel().await)
}

/// See [`simulation_client`].
async fn validation_client() -> ValidationClient {
    MfnValidationServiceClient::new(channel().await)
}

/// The names in the details of a status that refuses a request.
fn bad_fields(status: &Status) -> Vec<String> {
    assert_eq!(status.code(), Code::InvalidArgument);
    let bad_request = status.get_details_bad_request().expect("a BadRequest");
    let names = bad_request.field_violations.into_iter().map(|violation| violation.field);
    names.collect()
}

/// A connection to a server of its own, which ends with the test.
async fn channel() -> Channel {
    channel_to(Config::default()).await
}

/// The same, to a server of this configuration.
async fn channel_to(config: Config) -> Channel {
    let server = bind(config);
    let address = server.local_addr().expect("it has an address");
    tokio::spawn(server.serve(pending()));
    connect(address).await
}

/// A server at a free port, without limits of calls and without an audit.
fn bind(config: Config) -> Server {
    let limits = Limits { rps: 0, concurrent: 0, ..Limits::default() };
    let audit_log = AuditLog::Off;
    Server::bind(Config { port: 0, limits, audit_log, ..config }).expect("a port is free")
}

async fn connect(address: SocketAddr) -> Channel {
    let endpoint = Endpoint::try_from(format!("http://{address}")).expect("an address is a URI");
    endpoint.connect().await.expect("the server listens")
}
