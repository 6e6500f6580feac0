//! What is in an answer of `MFNValidationService` and what is refused; its
//! numbers are in `known_answers` and `invariants`.

use mfn_proto::ValidationRequest;

use crate::{bad_fields, validation_client};

type Change = fn(&mut ValidationRequest);

fn smallest() -> ValidationRequest {
    ValidationRequest { grid_size: 4, steps: 1, ..Default::default() }
}

// shows MFN-WIRE-002
#[tokio::test]
async fn what_is_left_out_has_its_default() {
    let mut client = validation_client().await;
    let explicit = ValidationRequest {
        epochs: 1,
        batch_size: 4,
        grid_size: 64,
        steps: 64,
        ..Default::default()
    };
    let answer = client.validate_pattern(explicit).await.expect("an answer").into_inner();
    let brief = client.validate_pattern(ValidationRequest::default()).await;
    assert_eq!(brief.expect("an answer").into_inner(), answer);
}

// shows MFN-WIRE-005
#[tokio::test]
async fn the_ends_of_every_range_are_accepted() {
    let allowed: [Change; 7] = [
        |r| r.seed = i32::MIN,
        |r| r.seed = i32::MAX,
        |r| r.epochs = 100,
        |r| r.batch_size = 1,
        |r| r.batch_size = 64,
        |r| r.steps = 10_000,
        |r| r.request_id = "x".repeat(256),
    ];
    let mut client = validation_client().await;
    for change in allowed {
        let mut request = smallest();
        change(&mut request);
        let answer = client.validate_pattern(request.clone()).await;
        assert!(answer.is_ok(), "{request:?} was refused: {answer:?}");
    }
}

// shows MFN-WIRE-005, MFN-ERR-001, MFN-ERR-002
#[tokio::test]
async fn just_outside_a_range_is_refused_by_its_name() {
    let refused: [(&[&str], Change); 10] = [
        (&["epochs"], |r| r.epochs = -1),
        (&["epochs"], |r| r.epochs = 101),
        (&["batch_size"], |r| r.batch_size = -1),
        (&["batch_size"], |r| r.batch_size = 65),
        (&["grid_size"], |r| r.grid_size = 3),
        (&["grid_size"], |r| r.grid_size = 1025),
        (&["steps"], |r| r.steps = -1),
        (&["steps"], |r| r.steps = 10_001),
        (&["request_id"], |r| r.request_id = "x".repeat(257)),
        (&["request_id", "epochs", "batch_size", "grid_size", "steps"], |r| {
            *r = ValidationRequest {
                request_id: "x".repeat(257),
                epochs: 101,
                batch_size: 65,
                grid_size: 3,
                steps: -1,
                ..Default::default()
            };
        }),
    ];
    let mut client = validation_client().await;
    for (fields, change) in refused {
        let mut request = smallest();
        change(&mut request);
        let status = client.validate_pattern(request).await.expect_err("a refusal");
        assert_eq!(bad_fields(&status), fields);
    }
}

// shows MFN-WIRE-006, MFN-WIRE-008, MFN-WIRE-010
#[tokio::test]
async fn an_answer_says_whose_it_is_and_which_spec_it_follows() {
    let mut client = validation_client().await;
    let request = ValidationRequest { request_id: "test-123".to_owned(), ..smallest() };
    let answer = client.validate_pattern(request).await.expect("an answer");
    assert_eq!(answer.metadata().get("x-request-id").expect("always there"), "test-123");
    let answer = answer.into_inner();
    assert_eq!(answer.request_id, "test-123");
    assert_eq!(answer.meta.expect("always there").meta["spec"], "1.1.0");
}
