//! Many streams at once.

use mfn_proto::{SimulationFrame, SimulationStreamRequest};
use tokio::task::JoinSet;
use tokio_stream::StreamExt as _;

use crate::caller::{SimulationClient, client};
use crate::serving::Serving;
use crate::soon;

const CONNECTIONS: usize = 10;

fn request(seed: i32) -> SimulationStreamRequest {
    SimulationStreamRequest {
        seed,
        grid_size: 32,
        steps: 100,
        stream_interval: 30,
        ..Default::default()
    }
}

async fn frames(mut client: SimulationClient, seed: i32) -> (i32, Vec<SimulationFrame>) {
    let stream = client.stream_simulation(request(seed)).await.expect("a stream").into_inner();
    (seed, stream.collect::<Result<_, _>>().await.expect("only frames"))
}

/// `count` streams at once on ten connections: each has its own frames, and
/// two of one seed have the same.
async fn all_complete(count: usize) {
    let server = Serving::start(&[]);
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        clients.push(client(&server).await);
    }
    let mut alone = Vec::new();
    for seed in 0..CONNECTIONS as i32 {
        alone.push(frames(clients[0].clone(), seed).await.1);
    }
    let mut streams = JoinSet::new();
    for n in 0..count {
        let seed = n / CONNECTIONS % CONNECTIONS;
        streams.spawn(frames(clients[n % CONNECTIONS].clone(), seed as i32));
    }
    let all = soon("the end of the streams", streams.join_all()).await;
    assert_eq!(all.len(), count);
    for (seed, frames) in all {
        let shown: Vec<_> = frames.iter().map(|frame| (frame.step, frame.is_final)).collect();
        assert_eq!(shown, [(30, false), (60, false), (90, false), (100, true)]);
        assert_eq!(frames, alone[seed as usize], "seed {seed}");
    }
}

#[tokio::test]
async fn a_hundred_streams_on_ten_connections_all_complete() {
    all_complete(100).await;
}

// shows MFN-TRANS-029
#[tokio::test]
async fn a_thousand_streams_on_ten_connections_all_complete() {
    all_complete(1000).await;
}
