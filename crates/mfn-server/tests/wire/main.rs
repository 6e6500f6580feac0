//! The server as a client sees it: started in this process, called over a
//! socket with the generated client.

mod abandoned;
mod defaults;
mod discovery;
mod known_answers;
mod metadata;
mod ranges;
mod serving;
mod streams;
mod unimplemented;

use std::future::pending;
use std::net::SocketAddr;

use mfn_proto::mfn_simulation_service_client::MfnSimulationServiceClient;
use mfn_server::{Config, Server};
use tonic::transport::{Channel, Endpoint};

type SimulationClient = MfnSimulationServiceClient<Channel>;

/// A client of a server of its own.
async fn simulation_client() -> SimulationClient {
    MfnSimulationServiceClient::new(channel().await)
        // As much as the server sends.
        .max_decoding_message_size(100 * 1024 * 1024)
}

/// A connection to a server of its own, which ends with the test.
async fn channel() -> Channel {
    let server = bind();
    let address = server.local_addr().expect("it has an address");
    tokio::spawn(server.serve(pending()));
    connect(address).await
}

/// A server at a free port.
fn bind() -> Server {
    Server::bind(&Config { port: 0, ..Config::default() }).expect("a port is free")
}

async fn connect(address: SocketAddr) -> Channel {
    let endpoint = Endpoint::try_from(format!("http://{address}")).expect("an address is a URI");
    endpoint.connect().await.expect("the server listens")
}
