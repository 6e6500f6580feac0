//! Who calls by the web, and how often: the same layers decide it as for gRPC.

use bytes::Bytes;
use h2::client::SendRequest;
use http::Request;

use crate::caller::{Ended, RUN, call, encoded, head, raw, small};
use crate::serving::Serving;
use crate::signed::{set, signed};

const KEY: &str = "key-of-the-tests";
const JSON: &str = r#"{"gridSize":4,"steps":1}"#;

/// A call by Connect with JSON.
async fn by_connect(requests: &SendRequest<Bytes>, mut head: Request<()>) -> Ended {
    set(&mut head, "content-type", "application/json");
    call(requests, head, JSON.into()).await
}

// shows MFN-WEB-014, MFN-WEB-019
#[tokio::test]
async fn a_call_of_the_web_is_signed_as_one_of_grpc_is() {
    let server = Serving::start_with_keys(KEY, &[]);
    let requests = raw(&server).await;
    assert_eq!(by_connect(&requests, signed(KEY, RUN)).await.http, 200);
    assert_eq!(by_connect(&requests, head(RUN)).await.http, 401);
    let other_method = signed(KEY, "/mfn.MFNSimulationService/StreamSimulation");
    let mut wrongly_signed = head(RUN);
    *wrongly_signed.headers_mut() = other_method.headers().clone();
    assert_eq!(by_connect(&requests, wrongly_signed).await.http, 401);
}

// shows MFN-WEB-015, MFN-WEB-021
#[tokio::test]
async fn calls_of_all_protocols_are_charged_to_one_rate() {
    // So few that a second is not over between them, on any machine.
    let server = Serving::start_with_keys(KEY, &["--rate-limit-rps", "1"]);
    let requests = raw(&server).await;
    let mut last = None;
    for _ in 0..100 {
        let by_grpc = call(&requests, signed(KEY, RUN), encoded(&small())).await;
        let by_web = by_connect(&requests, signed(KEY, RUN)).await;
        if by_grpc.http == 200 && by_web.http == 429 {
            last = Some(by_web);
            break;
        }
    }
    let refused = last.expect("the call by gRPC is charged to the same rate");
    assert!(refused.metadata.contains_key("retry-after"));
    assert!(refused.metadata.contains_key("grpc-retry-pushback-ms"));
}
