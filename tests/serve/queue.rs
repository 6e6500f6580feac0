//! More computations than there are threads and places in the queue.

use std::time::Duration;

use mfn_proto::SimulationRequest;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::caller::{client, endless, small, told};
use crate::serving::Serving;
use crate::soon;

// shows MFN-ERR-008, MFN-TRANS-009
#[tokio::test]
async fn a_full_queue_refuses_until_a_caller_leaves_it() {
    let server = Serving::start(&["--max-workers", "1", "--queue-depth", "1"]);
    let client = client(&server).await;
    let call = || {
        let mut client = client.clone();
        tokio::spawn(async move { client.run_simulation(endless()).await })
    };
    // One of them is computed, one waits, and the third comes too late.
    let mut calls = [call(), call(), call()];
    let (refused, _, _) = soon("a refusal", futures_util::future::select_all(&mut calls)).await;
    let status = refused.expect("no panic").expect_err("no place is free");
    assert_eq!(told(&status), (Code::ResourceExhausted, "QUEUE_FULL".to_owned()));
    let retry = status.get_details_retry_info().and_then(|info| info.retry_delay);
    assert!(retry.is_some_and(|delay| delay > Duration::ZERO), "{retry:?}");
    assert_eq!(status.get_details_quota_failure().map(|quota| quota.violations.len()), Some(1));
    assert!(status.metadata().contains_key("grpc-retry-pushback-ms"));
    assert!(status.metadata().contains_key("retry-after"));

    // What is small needs no place.
    let mut other = client.clone();
    soon("an answer", other.run_simulation(small())).await.expect("an answer");

    for call in &calls {
        call.abort();
    }
    let not_small = SimulationRequest::default();
    let freed = async { while other.run_simulation(not_small.clone()).await.is_err() {} };
    soon("a free place", freed).await;
}
