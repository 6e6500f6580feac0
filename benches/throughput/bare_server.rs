//! A tonic server as its examples make it, with a constant answer: what the
//! transport alone costs.

use std::io::{self, Write as _};
use std::thread::{self, available_parallelism};

use clap::ValueEnum;
use mfn_proto::mfn_simulation_service_server::{MfnSimulationService, MfnSimulationServiceServer};
use mfn_proto::{SimulationFrame, SimulationRequest, SimulationResult, SimulationStreamRequest};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// The option that makes this program that server.
pub(crate) const FLAG: &str = "bare-server";

/// What its connections run on.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Runtimes {
    /// One runtime with a thread a core.
    Shared,
    /// A single-threaded runtime a core, each with connections of its own.
    PerCore,
}

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
pub(crate) fn run(runtimes: Runtimes) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it has an address");
    writeln!(std::io::stdout(), "bare tonic listening on {address}")
        .expect("somebody waits for the line");
    match runtimes {
        Runtimes::Shared => on_one_runtime(listener),
        Runtimes::PerCore => on_a_runtime_a_core(&listener),
    }
}

fn on_one_runtime(listener: std::net::TcpListener) {
    let runtime = Builder::new_multi_thread().enable_all().build();
    runtime.expect("threads").block_on(async {
        listener.set_nonblocking(true).expect("it can be set");
        let listener = TcpListener::from_std(listener).expect("a listener");
        serve(TcpIncoming::from(listener).with_nodelay(Some(true))).await;
    });
}

/// Connections are dealt to the threads in turn.
fn on_a_runtime_a_core(listener: &std::net::TcpListener) {
    let cores = available_parallelism().expect("the system says how many");
    let start = |_| {
        let (inbox, accepted) = mpsc::unbounded_channel::<std::net::TcpStream>();
        thread::spawn(|| {
            let runtime = Builder::new_current_thread().enable_all().build();
            let accepted = UnboundedReceiverStream::new(accepted).map(TcpStream::from_std);
            runtime.expect("an event loop").block_on(serve(accepted));
        });
        inbox
    };
    let inboxes: Vec<_> = (0..cores.get()).map(start).collect();
    for inbox in inboxes.iter().cycle() {
        let (stream, _) = listener.accept().expect("a connection");
        stream.set_nodelay(true).expect("it can be set");
        stream.set_nonblocking(true).expect("it can be set");
        inbox.send(stream).expect("its thread serves");
    }
}

async fn serve(connections: impl Stream<Item = io::Result<TcpStream>>) {
    let service = MfnSimulationServiceServer::new(Constant);
    let served = Server::builder().serve_with_incoming(service, connections).await;
    served.expect("it serves until it is killed");
}
