//! A server that is wrong in its limits fails what is about them, and nothing else.

use conformance::case::Profile;
use conformance::draws::Draws;
use http::HeaderValue;
use mfn_access::Limits;

use crate::edits::DETAILS;
use crate::{failures, proxy, reference_with, report, tests};

/// Far fewer calls a second than the case of a burst makes.
const FEW: Limits = Limits { rps: 200, concurrent: 0, max_cost: 0, worker_share: 0 };
/// The code of a limit.
const EXHAUSTED: HeaderValue = HeaderValue::from_static("8");

#[tokio::test(flavor = "multi_thread")]
async fn limit_refusals_without_details_fail_no_other_profile() {
    let behind = reference_with(Vec::new(), FEW);
    let server = proxy::start(behind, |_, reply| {
        let headers = reply.last_headers();
        if headers.get("grpc-status") == Some(&EXHAUSTED) {
            headers.remove(DETAILS);
        }
    });
    // What spends the quota comes first.
    let mut all = tests(Profile::Limits, "burst-of-anonymous");
    assert_eq!(all.len(), 1);
    all.extend(tests(Profile::Wire, "grid-size"));
    all.extend(tests(Profile::Errors, "grid-size"));
    assert!(all.len() > 20);
    let report = report(server.await, None, Draws::new(1, 0), &all).await;
    assert_eq!(failures(&report), ["limits/limits/burst-of-anonymous"], "{:?}", report.results);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_has_just_been_reached_fails_no_test_of_health() {
    let slow = Limits { rps: 1, ..FEW };
    let server = reference_with(Vec::new(), slow);
    let all = tests(Profile::Extras, "health/watch");
    assert_eq!(all.len(), 2);
    let report = report(server, None, Draws::new(1, 0), &all).await;
    assert_eq!(failures(&report), [""; 0], "{:?}", report.results);
}
