//! Beginning and end of a server.

use std::net::TcpStream;

use mfn_proto::SimulationRequest;
use mfn_proto::mfn_simulation_service_client::MfnSimulationServiceClient;
use mfn_server::{Config, Server};
use tokio::sync::oneshot;

use crate::{bind, connect};

#[tokio::test]
async fn a_server_serves_until_it_is_told_to_stop() {
    let server = bind(Config::default());
    let address = server.local_addr().expect("it has an address");
    assert_ne!(address.port(), 0, "the port that was picked is known before it serves");

    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(server.serve(async { stopped.await.unwrap_or(()) }));
    let mut client = MfnSimulationServiceClient::new(connect(address).await);
    client.run_simulation(SimulationRequest::default()).await.expect("an answer");

    stop.send(()).expect("it serves");
    served.await.expect("it does not panic").expect("it ends well");
    assert!(TcpStream::connect(address).is_err(), "it listens no more");
}

#[test]
fn a_port_that_is_taken_is_an_error() {
    let first = bind(Config::default());
    let port = first.local_addr().expect("it has an address").port();
    assert!(Server::bind(Config { port, ..Config::default() }).is_err());
}
