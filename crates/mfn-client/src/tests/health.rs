//! Several servers, of which some fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tonic_health::pb::HealthCheckResponse;
use tonic_health::pb::health_check_response::ServingStatus;

use super::scripted::{Reply, Scripted, client};
use crate::attempts::Policy;
use crate::client::Client;
use crate::{SimulationRequest, SimulationResult};

const SECOND: Duration = Duration::from_secs(1);

/// A server that answers, and the status that it tells of itself.
fn server() -> (Scripted, Arc<AtomicI32>) {
    let status = Arc::new(AtomicI32::new(ServingStatus::Serving.into()));
    let told = Arc::clone(&status);
    let server = Scripted::new(move |_, call| {
        if call.path.starts_with("/mfn.") {
            Reply::answer(&[SimulationResult::default()])
        } else {
            let status = told.load(Ordering::Relaxed);
            Reply::answer(&[HealthCheckResponse { status }])
        }
    });
    (server, status)
}

async fn calls(client: &Client, count: usize) {
    for _ in 0..count {
        client.run_simulation(SimulationRequest::default()).await.expect("an answer");
    }
}

#[tokio::test(start_paused = true)]
async fn servers_are_asked_in_turn() {
    let servers = [server(), server(), server()].map(|(server, _)| server);
    let client = client(&servers.each_ref(), Policy::default());
    calls(&client, 9).await;
    assert_eq!(servers.map(|server| server.calls_of_mfn()), [3, 3, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_failed_is_left_out_until_it_says_that_it_serves() {
    let (first, status) = server();
    let (second, _) = server();
    first.set_down(true);
    let client = client(&[&first, &second], Policy::default());

    // The other one is asked at once, and from then on alone.
    let begin = Instant::now();
    calls(&client, 4).await;
    assert!(begin.elapsed() < SECOND, "{:?}", begin.elapsed());
    assert_eq!(second.calls_of_mfn(), 4);

    // It is back, but not ready.
    status.store(ServingStatus::NotServing.into(), Ordering::Relaxed);
    first.set_down(false);
    sleep(10 * SECOND).await;
    calls(&client, 4).await;
    assert_eq!((first.calls_of_mfn(), second.calls_of_mfn()), (0, 8));
    assert!(first.calls().len() > 2, "it is asked for its health");

    status.store(ServingStatus::Serving.into(), Ordering::Relaxed);
    sleep(10 * SECOND).await;
    calls(&client, 4).await;
    assert_eq!((first.calls_of_mfn(), second.calls_of_mfn()), (2, 10));
    let asked = first.calls().len();
    sleep(10 * SECOND).await;
    assert_eq!(first.calls().len(), asked, "a server that serves is not asked");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_for_a_client_that_is_gone() {
    let (first, status) = server();
    let (second, _) = server();
    status.store(ServingStatus::NotServing.into(), Ordering::Relaxed);
    first.set_down(true);
    let client = client(&[&first, &second], Policy::default());
    calls(&client, 2).await;
    first.set_down(false);
    sleep(10 * SECOND).await;
    let asked = first.calls().len();
    assert!(asked > 0);
    drop(client);
    sleep(10 * SECOND).await;
    assert_eq!(first.calls().len(), asked);
}

#[tokio::test(start_paused = true)]
async fn servers_that_all_failed_are_asked_all_the_same() {
    let (first, _) = server();
    let (second, _) = server();
    first.set_down(true);
    second.set_down(true);
    let policy = Policy { retry: crate::Retry::never(), ..Policy::default() };
    let client = client(&[&first, &second], policy);
    for _ in 0..4 {
        client.run_simulation(SimulationRequest::default()).await.expect_err("nobody");
    }
    first.set_down(false);
    second.set_down(false);
    calls(&client, 2).await;
    assert_eq!((first.calls_of_mfn(), second.calls_of_mfn()), (1, 1));
}
