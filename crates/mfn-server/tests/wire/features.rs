//! What is in an answer of `MFNFeaturesService` and what is refused; its
//! numbers are in `known_answers` and `invariants`.

use mfn_proto::{FeatureRequest, FeatureStreamRequest};

use crate::{bad_fields, features_client};

type Change = fn(&mut FeatureRequest);
type StreamChange = fn(&mut FeatureStreamRequest);

fn smallest() -> FeatureRequest {
    FeatureRequest { grid_size: 4, steps: 1, ..Default::default() }
}

fn smallest_stream() -> FeatureStreamRequest {
    FeatureStreamRequest { grid_size: 4, steps: 1, ..Default::default() }
}

// shows MFN-WIRE-005
#[tokio::test]
async fn the_ends_of_every_range_are_accepted() {
    let allowed: [Change; 10] = [
        |r| r.seed = i32::MIN,
        |r| r.seed = i32::MAX,
        |r| r.grid_size = 4,
        |r| r.grid_size = 1024,
        |r| r.steps = 10_000,
        |r| r.alpha = 0.05,
        |r| r.alpha = 0.25_f64.next_down(),
        |r| r.spike_probability = Some(0.0),
        |r| r.spike_probability = Some(1.0),
        |r| r.request_id = "x".repeat(256),
    ];
    let mut client = features_client().await;
    for change in allowed {
        let mut request = smallest();
        change(&mut request);
        let answer = client.extract_features(request.clone()).await;
        assert!(answer.is_ok(), "{request:?} was refused: {answer:?}");
    }
}

// shows MFN-WIRE-005, MFN-ERR-001
#[tokio::test]
async fn just_outside_a_range_is_refused_by_its_name() {
    let refused: [(&str, Change); 16] = [
        ("grid_size", |r| r.grid_size = 3),
        ("grid_size", |r| r.grid_size = 1025),
        ("steps", |r| r.steps = -1),
        ("steps", |r| r.steps = 10_001),
        ("alpha", |r| r.alpha = 0.05_f64.next_down()),
        ("alpha", |r| r.alpha = 0.25),
        ("alpha", |r| r.alpha = f64::NAN),
        ("alpha", |r| r.alpha = f64::INFINITY),
        ("alpha", |r| r.alpha = f64::NEG_INFINITY),
        ("spike_probability", |r| r.spike_probability = Some(0.0_f64.next_down())),
        ("spike_probability", |r| r.spike_probability = Some(1.0_f64.next_up())),
        ("spike_probability", |r| r.spike_probability = Some(f64::NAN)),
        ("spike_probability", |r| r.spike_probability = Some(f64::INFINITY)),
        ("spike_probability", |r| r.spike_probability = Some(f64::NEG_INFINITY)),
        ("request_id", |r| r.request_id = "x".repeat(257)),
        ("grid_size", |r| r.grid_size = i32::MIN),
    ];
    let mut client = features_client().await;
    for (field, change) in refused {
        let mut request = smallest();
        change(&mut request);
        let status = client.extract_features(request).await.expect_err("a refusal");
        assert_eq!(bad_fields(&status), [field]);
    }
}

// shows MFN-STREAM-005, MFN-ERR-002
#[tokio::test]
async fn a_stream_is_refused_before_it_begins_with_all_that_is_wrong() {
    let refused: [(&[&str], StreamChange); 3] = [
        (&["stream_interval"], |r| r.stream_interval = -1),
        (&["stream_interval"], |r| r.stream_interval = 10_001),
        (&["grid_size", "steps", "alpha", "spike_probability", "stream_interval"], |r| {
            *r = FeatureStreamRequest {
                grid_size: 3,
                steps: -1,
                alpha: f64::NAN,
                spike_probability: Some(2.0),
                stream_interval: -1,
                ..Default::default()
            };
        }),
    ];
    let mut client = features_client().await;
    for (fields, change) in refused {
        let mut request = smallest_stream();
        change(&mut request);
        let status = client.stream_features(request).await.expect_err("a refusal");
        assert_eq!(bad_fields(&status), fields);
    }
}

// shows MFN-WIRE-006, MFN-WIRE-008, MFN-WIRE-010
#[tokio::test]
async fn an_answer_says_whose_it_is_and_which_spec_it_follows() {
    let mut client = features_client().await;
    let request = FeatureRequest { request_id: "test-123".to_owned(), ..smallest() };
    let answer = client.extract_features(request).await.expect("an answer");
    assert_eq!(answer.metadata().get("x-request-id").expect("always there"), "test-123");
    let answer = answer.into_inner();
    assert_eq!(answer.request_id, "test-123");
    assert_eq!(answer.meta.expect("always there").meta["spec"], "1.1.0");
}
