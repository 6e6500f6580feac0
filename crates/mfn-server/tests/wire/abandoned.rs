//! A computation stops when its caller has gone.

use std::future::Future;
use std::num::NonZero;
use std::time::Duration;

use mfn_proto::{SimulationRequest, SimulationStreamRequest};
use mfn_server::Config;
use tokio::time::timeout;

use crate::{SimulationClient, channel_to};

/// The computation that is left takes minutes, the one after it milliseconds:
/// this only tells a failure from a wait without end.
const GUARD: Duration = Duration::from_mins(1);

/// What is too large to be computed where it is asked for.
fn not_small() -> SimulationRequest {
    SimulationRequest::default()
}

fn largest() -> SimulationRequest {
    SimulationRequest { grid_size: 1024, steps: 10_000, turing_enabled: true, ..Default::default() }
}

/// A client of a server with one thread to compute on, so that a second
/// computation runs only when the first has stopped.
async fn client() -> SimulationClient {
    let max_workers = NonZero::<usize>::MIN;
    SimulationClient::new(channel_to(Config { max_workers, ..Config::default() }).await)
}

async fn guarded(test: impl Future<Output = ()>) {
    timeout(GUARD, test).await.expect("the thread is never free");
}

// shows MFN-STREAM-006
#[tokio::test]
async fn a_stream_that_is_dropped_leaves_its_thread_to_others() {
    guarded(async {
        let mut client = client().await;
        let SimulationRequest { grid_size, steps, turing_enabled, .. } = largest();
        let request = SimulationStreamRequest {
            grid_size,
            steps,
            turing_enabled,
            stream_interval: 1,
            ..Default::default()
        };
        let mut frames = client.stream_simulation(request).await.expect("a stream").into_inner();
        assert_eq!(frames.message().await.expect("no error").expect("a frame").step, 1);
        drop(frames);
        client.run_simulation(not_small()).await.expect("an answer");
    })
    .await;
}

#[tokio::test]
async fn a_unary_call_that_is_dropped_leaves_its_thread_to_others() {
    guarded(async {
        let client = client().await;
        let (mut abandoned, mut after) = (client.clone(), client);
        // The second call is computed where it is asked for, and the server
        // takes up a connection's calls in order: when it is answered, the
        // first one is being computed.
        let small = SimulationRequest { grid_size: 4, steps: 1, ..Default::default() };
        tokio::select! {
            biased;
            answer = abandoned.run_simulation(largest()) => panic!("too early: {answer:?}"),
            answer = after.run_simulation(small) => { answer.expect("an answer"); }
        }
        after.run_simulation(not_small()).await.expect("an answer");
    })
    .await;
}
