//! What is counted where, and added up.

use std::time::Duration;

use tonic::Code;

use super::*;
use crate::error::REASONS;
use crate::services::served;

const RUN: &str = "/mfn.MFNSimulationService/RunSimulation";

fn metrics(with_reflection: bool) -> Metrics {
    Metrics::new(MethodTable::of(&served(with_reflection)), Arc::default())
}

fn number(metrics: &Metrics, method: &str) -> usize {
    metrics.methods().labels().position(|labels| labels.method == method).expect("a method")
}

// shows MFN-METRIC-004
#[test]
fn every_method_that_is_served_has_series_and_all_others_have_one() {
    let names = |with_reflection| -> Vec<_> {
        let metrics = metrics(with_reflection);
        let of =
            |labels: &MethodLabels| format!("{} {}/{}", labels.kind, labels.service, labels.method);
        metrics.methods().labels().map(of).collect()
    };
    insta::assert_debug_snapshot!(names(true), @r#"
    [
        "unary mfn.MFNFeaturesService/ExtractFeatures",
        "server_stream mfn.MFNFeaturesService/StreamFeatures",
        "unary mfn.MFNSimulationService/RunSimulation",
        "server_stream mfn.MFNSimulationService/StreamSimulation",
        "unary mfn.MFNValidationService/ValidatePattern",
        "unary grpc.health.v1.Health/Check",
        "server_stream grpc.health.v1.Health/Watch",
        "bidi_stream grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "bidi_stream grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        "other other/other",
    ]
    "#);
    assert_eq!(names(false).len(), names(true).len() - 2);
}

// shows MFN-METRIC-005
#[test]
fn a_call_counts_once_with_all_that_came_and_went() {
    let metrics = metrics(true);
    let [one, other] = [metrics.of_a_thread(), metrics.of_a_thread()];
    for thread in [&one, &other] {
        let call = CountedCall::start(thread, RUN);
        call.received();
        call.sent(2);
        call.ended(Code::Ok, None, None, Duration::from_millis(3));
    }
    let begun = CountedCall::start(&one, RUN);
    let totals = metrics.totals();
    let run = &totals.methods[number(&metrics, "RunSimulation")];
    assert_eq!((run.started, run.received, run.sent), (3, 2, 4));
    assert_eq!((run.handled[0], run.handled.iter().sum::<u64>()), (2, 2));
    assert_eq!((run.handling.count(), run.handling.sum), (2, Duration::from_millis(6)));
    drop(begun);
}

// shows MFN-METRIC-003
#[test]
fn a_name_that_a_client_made_up_is_counted_as_other() {
    let metrics = metrics(true);
    let thread = metrics.of_a_thread();
    for path in ["", "/", "/mfn.MFNSimulationService/Run", "/a/B", "/other/other"] {
        CountedCall::start(&thread, path);
    }
    let other = metrics.totals().methods.pop().expect("one for others");
    assert_eq!(other.started, 5);
}

// shows MFN-METRIC-003
#[test]
fn every_reason_is_counted_and_nothing_else() {
    let metrics = metrics(true);
    let call = CountedCall::start(&metrics.of_a_thread(), RUN);
    for reason in REASONS.into_iter().chain(["MADE_UP"]) {
        call.ended(Code::Unavailable, Some(reason), None, Duration::ZERO);
    }
    assert_eq!(metrics.totals().refused, [1; REASONS.len()]);
}

// shows MFN-METRIC-007
#[test]
fn a_duration_is_counted_in_the_first_bucket_that_has_room_for_it() {
    let metrics = metrics(true);
    let call = CountedCall::start(&metrics.of_a_thread(), RUN);
    let moment = Duration::from_nanos(1);
    for bound in BUCKETS {
        call.ended(Code::Ok, None, None, bound);
    }
    for bound in BUCKETS {
        call.ended(Code::Ok, None, None, bound + moment);
    }
    let counts = metrics.totals().methods[number(&metrics, "RunSimulation")].handling.counts;
    let mut expected = [2; BUCKETS.len() + 1];
    (expected[0], expected[BUCKETS.len()]) = (1, 1);
    assert_eq!(counts, expected);
    assert!(BUCKETS.is_sorted());
}

// shows MFN-METRIC-006
#[test]
fn the_calls_of_a_key_appear_with_the_first_and_are_added_up() {
    let metrics = metrics(true);
    let threads = [metrics.of_a_thread(), metrics.of_a_thread()];
    assert!(metrics.totals().keys.is_empty());
    let key = mfn_access::Key::anonymous(mfn_access::Limits::default());
    for thread in threads.iter().chain(&threads) {
        let call = CountedCall::start(thread, RUN);
        call.ended(Code::NotFound, None, Some(key.id()), Duration::ZERO);
    }
    let keys = metrics.totals().keys;
    assert_eq!((keys.len(), keys[key.id()][Code::NotFound as usize]), (1, 4));
}

#[test]
fn codes_are_in_the_order_of_their_numbers() {
    for (number, name) in CODES.iter().enumerate() {
        // Go writes one of them with one l.
        let name = name.replace("Canceled", "Cancelled").to_lowercase();
        assert_eq!(format!("{:?}", Code::from(number as i32)).to_lowercase(), name);
    }
}
