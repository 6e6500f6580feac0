//! How long a call takes at most.

use std::time::Duration;

use tokio::time::Instant;
use tonic::Code;

use super::scripted::{Reply, Scripted, client};
use crate::attempts::Policy;
use crate::{SimulationRequest, SimulationResult};

const SECOND: Duration = Duration::from_secs(1);

fn silent() -> Scripted {
    Scripted::new(|_, _| Reply::hangs_after::<SimulationResult>(&[]))
}

#[tokio::test(start_paused = true)]
async fn a_call_without_an_answer_ends_at_its_deadline() {
    let server = silent();
    let policy = Policy { timeout: Some(5 * SECOND), ..Policy::default() };
    let begin = Instant::now();
    let failed = client(&[&server], policy).run_simulation(SimulationRequest::default()).await;
    let error = failed.expect_err("no answer");
    assert_eq!((error.code(), error.attempts()), (Code::DeadlineExceeded, 1));
    let took = begin.elapsed().as_millis();
    assert!((5000..5010).contains(&took), "{took}");
    // The server knows it too, and is told when the client goes.
    assert!(server.calls()[0].headers.contains_key("grpc-timeout"));
    tokio::time::sleep(SECOND).await;
    assert_eq!(server.resets(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_that_of_all_attempts_together() {
    let server = silent();
    let policy = Policy {
        timeout: Some(5 * SECOND),
        attempt_timeout: Some(2 * SECOND),
        ..Policy::default()
    };
    let begin = Instant::now();
    let failed = client(&[&server], policy).run_simulation(SimulationRequest::default()).await;
    let error = failed.expect_err("no answer");
    assert_eq!(error.code(), Code::DeadlineExceeded);
    assert!(error.attempts() >= 2, "{error}");
    assert_eq!(server.calls().len(), error.attempts() as usize);
    assert!(begin.elapsed() < Duration::from_millis(5010), "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_takes_too_long_is_made_again() {
    let server = Scripted::new(|index, _| match index {
        0 => Reply::hangs_after::<SimulationResult>(&[]),
        _ => Reply::answer(&[SimulationResult::default()]),
    });
    let policy = Policy { attempt_timeout: Some(2 * SECOND), ..Policy::default() };
    let client = client(&[&server], policy);
    client.run_simulation(SimulationRequest::default()).await.expect("an answer");
    assert_eq!(server.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn who_drops_a_call_cancels_it() {
    let server = silent();
    let client = client(&[&server], Policy::default());
    let call = client.run_simulation(SimulationRequest::default());
    tokio::time::timeout(SECOND, call).await.expect_err("no answer");
    tokio::time::sleep(SECOND).await;
    assert_eq!((server.calls().len(), server.resets()), (1, 1));
}
