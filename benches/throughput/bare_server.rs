//! A tonic server as its examples make it, with a constant answer: what the
//! transport alone costs.

use std::io::Write as _;

use mfn_proto::mfn_simulation_service_server::{MfnSimulationService, MfnSimulationServiceServer};
use mfn_proto::{SimulationFrame, SimulationRequest, SimulationResult, SimulationStreamRequest};
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// The option that makes this program that server.
pub(crate) const FLAG: &str = "bare-server";

struct Constant;

#[tonic::async_trait]
impl MfnSimulationService for Constant {
    async fn run_simulation(
        &self,
        _: Request<SimulationRequest>,
    ) -> Result<Response<SimulationResult>, Status> {
        Ok(Response::new(SimulationResult {
            growth_events: 12,
            pot_min_m_v: -70.6,
            pot_max_m_v: -68.4,
            pot_mean_m_v: -69.9,
            pot_std_m_v: 0.26,
            fractal_dimension: 1.77,
            ..Default::default()
        }))
    }

    type StreamSimulationStream = tokio_stream::Empty<Result<SimulationFrame, Status>>;

    async fn stream_simulation(
        &self,
        _: Request<SimulationStreamRequest>,
    ) -> Result<Response<Self::StreamSimulationStream>, Status> {
        Ok(Response::new(tokio_stream::empty()))
    }
}

/// Prints its address as `mfn serve` does, and serves until it is killed.
pub(crate) fn run() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("threads").block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        writeln!(std::io::stdout(), "bare tonic listening on {address}")
            .expect("somebody waits for the line");
        Server::builder()
            .serve_with_incoming(
                MfnSimulationServiceServer::new(Constant),
                TcpIncoming::from(listener).with_nodelay(Some(true)),
            )
            .await
            .expect("it serves until it is killed");
    });
}
