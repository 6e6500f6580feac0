//! What a call does after an attempt that failed.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;
use tonic::Code;

use super::scripted::{Reply, Scripted, client};
use crate::attempts::Policy;
use crate::{SimulationRequest, SimulationResult};

const UNAVAILABLE: u8 = 14;
const RESOURCE_EXHAUSTED: u8 = 8;

fn answer() -> Reply {
    Reply::answer(&[SimulationResult { growth_events: 7, ..SimulationResult::default() }])
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_failed_is_made_again_and_signed_anew() {
    let server = Scripted::new(|index, _| match index {
        0 => Reply::error(UNAVAILABLE, &[]),
        1 => Reply::breaks_after::<SimulationResult>(&[]),
        _ => answer(),
    });
    let client = client(&[&server], Policy::default());
    let begin = Instant::now();
    let result = client.run_simulation(SimulationRequest::default()).await.expect("an answer");
    assert_eq!(result.growth_events, 7);
    assert!(begin.elapsed() <= Duration::from_millis(3010), "{:?}", begin.elapsed());

    let calls = server.calls();
    assert_eq!(calls.len(), 3);
    for header in ["x-timestamp", "x-signature"] {
        let values: HashSet<_> = calls.iter().map(|call| &call.headers[header]).collect();
        assert_eq!(values.len(), 3, "{header}: {values:?}");
    }
    assert!(calls.iter().all(|call| call.headers["x-api-key"] == "a-key"));
    assert!(calls[0].headers["user-agent"].starts_with("tonic/"));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_not_there_is_unavailable() {
    let server = Scripted::new(|_, _| answer());
    server.set_down(true);
    let client = client(&[&server], Policy::default());
    let error = client.run_simulation(SimulationRequest::default()).await.expect_err("nobody");
    assert_eq!((error.code(), error.attempts()), (Code::Unavailable, 4));
    assert_eq!(
        error.to_string(),
        "UNAVAILABLE: no answer: connection refused [attempts 4, endpoint scripted-0]"
    );

    // It is back, and so is its answer.
    server.set_down(false);
    client.run_simulation(SimulationRequest::default()).await.expect("an answer");
}

#[tokio::test(start_paused = true)]
async fn a_limit_is_waited_for_exactly_as_long_as_the_server_says() {
    let server = Scripted::new(|index, _| match index {
        0 => Reply::error(RESOURCE_EXHAUSTED, &[("grpc-retry-pushback-ms", "1500")]),
        _ => answer(),
    });
    let client = client(&[&server], Policy::default());
    client.run_simulation(SimulationRequest::default()).await.expect("an answer");
    let calls = server.calls();
    let waited = calls[1].at - calls[0].at;
    assert!((1500..1510).contains(&waited.as_millis()), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn what_no_waiting_makes_better_is_not_tried_again() {
    for (code, trailers) in [
        (RESOURCE_EXHAUSTED, &[][..]),
        (UNAVAILABLE, &[("grpc-retry-pushback-ms", "-1")]),
        (UNAVAILABLE, &[("grpc-retry-pushback-ms", "60000")]),
        (3, &[]),
        (13, &[]),
    ] {
        let server = Scripted::new(move |_, _| Reply::error(code, trailers));
        let client = client(&[&server], Policy::default());
        let begin = Instant::now();
        let failed = client.run_simulation(SimulationRequest::default()).await;
        let error = failed.expect_err("an error");
        assert_eq!((error.code() as u8, error.attempts()), (code, 1));
        assert_eq!(server.calls().len(), 1);
        assert!(begin.elapsed() < Duration::from_secs(1), "it did not wait");
    }
}

/// tonic panics on such details.
#[tokio::test(start_paused = true)]
async fn details_that_are_not_base64_are_as_if_there_were_none() {
    for details in ["!", " ", "AAAA=AAA", "//////"] {
        let server = Scripted::new(move |_, _| {
            Reply::error(3, &[("grpc-status-details-bin", details), ("grpc-message", "no")])
        });
        let client = client(&[&server], Policy::default());
        let failed = client.run_simulation(SimulationRequest::default()).await;
        let error = failed.expect_err("an error");
        assert_eq!((error.code(), error.message()), (Code::InvalidArgument, "no"));
        assert_eq!(error.reason(), None);
    }
}
