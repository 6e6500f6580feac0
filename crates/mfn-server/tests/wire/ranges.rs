//! The ends of every range, and what lies just outside them.

use mfn_proto::{SimulationRequest, SimulationStreamRequest};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{SimulationClient, bad_fields, simulation_client};

type Change = fn(&mut SimulationRequest);
type StreamChange = fn(&mut SimulationStreamRequest);

/// The cheapest simulation there is, but for one change.
fn smallest_but(change: Change) -> SimulationRequest {
    let mut request = SimulationRequest { grid_size: 4, steps: 1, ..Default::default() };
    change(&mut request);
    request
}

/// See [`smallest_but`].
fn smallest_stream_but(change: StreamChange) -> SimulationStreamRequest {
    let mut request = SimulationStreamRequest { grid_size: 4, steps: 1, ..Default::default() };
    change(&mut request);
    request
}

// shows MFN-WIRE-004, MFN-WIRE-005
#[tokio::test]
async fn the_ends_of_every_range_are_accepted() {
    let allowed: [Change; 12] = [
        |r| r.seed = i32::MIN,
        |r| r.seed = i32::MAX,
        |r| r.grid_size = 4,
        |r| r.grid_size = 1024,
        |r| r.steps = 1,
        |r| r.steps = 10_000,
        |r| r.alpha = 0.05,
        |r| r.alpha = 0.25_f64.next_down(),
        |r| r.alpha = -0.0,
        |r| r.spike_probability = Some(0.0),
        |r| r.spike_probability = Some(1.0),
        |r| r.request_id = "x".repeat(256),
    ];
    let mut client = simulation_client().await;
    for change in allowed {
        let request = smallest_but(change);
        let answer = client.run_simulation(request.clone()).await;
        assert!(answer.is_ok(), "{request:?} was refused: {answer:?}");
    }

    let allowed: [StreamChange; 2] = [|r| r.stream_interval = 1, |r| r.stream_interval = 10_000];
    for change in allowed {
        let request = smallest_stream_but(change);
        let frames = client.stream_simulation(request.clone()).await;
        assert!(frames.is_ok(), "{request:?} was refused: {frames:?}");
    }
}

// shows MFN-WIRE-005, MFN-ERR-001
#[tokio::test]
async fn just_outside_a_range_is_refused_by_its_name() {
    let mut client = simulation_client().await;
    let refused: [(&str, Change); 12] = [
        ("grid_size", |r| r.grid_size = 3),
        ("grid_size", |r| r.grid_size = 1025),
        ("grid_size", |r| r.grid_size = -1),
        ("grid_size", |r| r.grid_size = i32::MIN),
        ("steps", |r| r.steps = -1),
        ("steps", |r| r.steps = 10_001),
        ("alpha", |r| r.alpha = 0.05_f64.next_down()),
        ("alpha", |r| r.alpha = 0.25),
        ("alpha", |r| r.alpha = f64::NAN),
        ("alpha", |r| r.alpha = f64::INFINITY),
        ("alpha", |r| r.alpha = f64::NEG_INFINITY),
        ("request_id", |r| r.request_id = "x".repeat(257)),
    ];
    for (field, change) in refused {
        let status = refusal(&mut client, smallest_but(change)).await;
        assert_eq!(bad_fields(&status), [field]);
    }

    let (below, above) = (0.0_f64.next_down(), 1.0_f64.next_up());
    for p in [below, above, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut request = smallest_but(|_| ());
        request.spike_probability = Some(p);
        let status = refusal(&mut client, request).await;
        assert_eq!(bad_fields(&status), ["spike_probability"]);
    }
}

// shows MFN-STREAM-005, MFN-ERR-001
#[tokio::test]
async fn a_stream_is_refused_before_it_begins() {
    let refused: [(&str, StreamChange); 3] = [
        ("stream_interval", |r| r.stream_interval = -1),
        ("stream_interval", |r| r.stream_interval = 10_001),
        ("grid_size", |r| r.grid_size = 3),
    ];
    let mut client = simulation_client().await;
    for (field, change) in refused {
        let status = stream_refusal(&mut client, smallest_stream_but(change)).await;
        assert_eq!(bad_fields(&status), [field]);
    }
}

// shows MFN-ERR-002, MFN-ERR-003
#[tokio::test]
async fn everything_that_is_out_of_range_is_named_at_once() {
    let mut client = simulation_client().await;
    let request = SimulationStreamRequest {
        request_id: "test-123".to_owned(),
        grid_size: 3,
        steps: -1,
        stream_interval: 10_001,
        alpha: f64::NAN,
        spike_probability: Some(f64::INFINITY),
        ..Default::default()
    };
    let status = stream_refusal(&mut client, request).await;
    insta::assert_snapshot!(status.message(), @"change what is out of range: grid_size is 3, allowed is 4..=1024; steps is -1, allowed is 1..=10000; alpha is NaN, allowed is [0.05, 0.25); spike_probability is inf, allowed is [0, 1]; stream_interval is 10001, allowed is 1..=10000");

    let details = status.get_error_details();
    let info = details.error_info().expect("an ErrorInfo");
    assert_eq!(info.reason, "PARAMETER_OUT_OF_RANGE");
    assert_eq!(info.domain, "mfn");
    let call = details.request_info().expect("a RequestInfo");
    assert_eq!(call.request_id, "test-123");
    let bad = details.bad_request().expect("a BadRequest");
    let line = |v: &tonic_types::FieldViolation| format!("{} {}", v.field, v.description);
    let lines: Vec<_> = bad.field_violations.iter().map(line).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    grid_size is 3, allowed is 4..=1024
    steps is -1, allowed is 1..=10000
    alpha is NaN, allowed is [0.05, 0.25)
    spike_probability is inf, allowed is [0, 1]
    stream_interval is 10001, allowed is 1..=10000
    ");
}

// shows MFN-ERR-004
/// 5 MiB is more than the transport's own limit of 4 MiB: the request is read,
/// and refused for what is in it.
#[tokio::test]
async fn a_refusal_is_short_however_long_the_request() {
    let mut client = simulation_client().await;
    let request = smallest_but(|r| r.request_id = "x".repeat(5 << 20));
    let status = refusal(&mut client, request).await;
    assert_eq!(bad_fields(&status), ["request_id"]);
    assert!(status.message().len() < 1024, "{}", status.message());
}

// shows MFN-ERR-004
#[tokio::test]
async fn the_longest_numbers_make_no_long_message() {
    let mut client = simulation_client().await;
    let longest = SimulationStreamRequest {
        request_id: "x".repeat(257),
        grid_size: i32::MIN,
        steps: i32::MIN,
        stream_interval: i32::MIN,
        alpha: -f64::MIN_POSITIVE,
        spike_probability: Some(f64::MIN),
        ..Default::default()
    };
    let status = stream_refusal(&mut client, longest).await;
    assert_eq!(bad_fields(&status).len(), 6);
    assert!(status.message().len() < 1024, "{}", status.message());
}

async fn refusal(client: &mut SimulationClient, request: SimulationRequest) -> Status {
    let status = client.run_simulation(request).await.expect_err("a refusal");
    assert_eq!(status.code(), Code::InvalidArgument);
    status
}

/// The call itself fails, rather than a frame of it.
async fn stream_refusal(client: &mut SimulationClient, request: SimulationStreamRequest) -> Status {
    let status = client.stream_simulation(request).await.expect_err("a refusal");
    assert_eq!(status.code(), Code::InvalidArgument);
    status
}
