//! What one key asks for, and what becomes of the calls of another.

use futures_util::future::join_all;
use mfn_proto::{SimulationRequest, ValidationRequest};
use tokio::task::JoinHandle;
use tonic::Code;

use crate::caller::{Ended, RUN, call, encoded, endless, raw};
use crate::serving::Serving;
use crate::signed::signed;
use crate::soon;

const A: &str = "key-of-a";
const B: &str = "key-of-b";
const VALIDATE: &str = "/mfn.MFNValidationService/ValidatePattern";
const ENDLESS_VALIDATION: ValidationRequest = ValidationRequest {
    request_id: String::new(),
    seed: 0,
    epochs: 1,
    batch_size: 4,
    grid_size: 1024,
    steps: 10_000,
    turing_enabled: true,
    quantum_jitter: true,
};

/// Makes calls of A, and tells when they have begun.
async fn begin(server: &Serving, path: &'static str, message: &[u8], count: usize) -> Vec<Call> {
    let before = server.cpu_time();
    let requests = raw(server).await;
    let calls = (0..count).map(|_| {
        let (requests, message) = (requests.clone(), message.to_vec());
        tokio::spawn(async move { call(&requests, signed(A, path), message).await })
    });
    let calls = calls.collect();
    while server.cpu_time() < before + std::time::Duration::from_millis(50) {
        tokio::task::yield_now().await;
    }
    calls
}

type Call = JoinHandle<Ended>;

fn code(ended: &Ended) -> Code {
    ended.status.as_ref().expect("a status").code()
}

// shows MFN-SHARE-001, MFN-SHARE-002
#[tokio::test]
async fn hours_of_one_key_s_work_do_not_keep_another_key_from_an_answer() {
    for workers in ["1", "10"] {
        let flags = ["--max-workers", workers, "--cache-mb", "0"];
        let server = Serving::start_with_keys(&format!("{A},{B}"), &flags);
        let others = raw(&server).await;
        let of_b = async || {
            for _ in 0..20 {
                let request = encoded(&SimulationRequest::default());
                let ended = soon("an answer", call(&others, signed(B, RUN), request)).await;
                assert_eq!(code(&ended), Code::Ok);
            }
        };
        let mut calls = begin(&server, VALIDATE, &encoded(&ENDLESS_VALIDATION), 1).await;
        of_b().await;
        calls.extend(begin(&server, RUN, &encoded(&endless()), 10).await);
        of_b().await;
        assert!(calls.iter().all(|call| !call.is_finished()), "they were to take hours");
    }
}

// shows MFN-SHARE-005
#[tokio::test]
async fn a_hundred_validations_at_once_all_have_their_place_in_the_queue() {
    let server = Serving::start_with_keys(A, &["--cache-mb", "0"]);
    let requests = raw(&server).await;
    let message = encoded(&ValidationRequest { grid_size: 16, ..Default::default() });
    let calls = (0..100).map(|_| call(&requests, signed(A, VALIDATE), message.clone()));
    let ended = soon("answers", join_all(calls)).await;
    assert!(ended.iter().all(|ended| code(ended) == Code::Ok), "{ended:?}");
}

// shows MFN-SHARE-005, MFN-ERR-008
#[tokio::test]
async fn one_key_does_not_fill_the_queue_for_another() {
    let flags = ["--max-workers", "1", "--queue-depth", "1"];
    let server = Serving::start_with_keys(&format!("{A},{B}"), &flags);
    let requests = raw(&server).await;
    let call = |key| {
        let requests = requests.clone();
        tokio::spawn(async move { call(&requests, signed(key, RUN), encoded(&endless())).await })
    };
    for key in [A, B] {
        // One is computed, one waits, and one is refused.
        let calls = [call(key), call(key), call(key)];
        let (refused, _, others) = soon("a refusal", futures_util::future::select_all(calls)).await;
        let told = refused.expect("no panic").told();
        assert_eq!(told, (Code::ResourceExhausted, "QUEUE_FULL".to_owned()));
        assert!(others.iter().all(|call| !call.is_finished()));
    }
}

// shows MFN-SHARE-007
#[tokio::test]
async fn a_call_that_costs_too_much_is_refused_before_it_is_computed() {
    let server = Serving::start_with_keys(A, &["--max-cost", "1"]);
    let requests = raw(&server).await;
    let refused = soon("a refusal", call(&requests, signed(A, RUN), encoded(&endless()))).await;
    assert_eq!(refused.told(), (Code::ResourceExhausted, "COST_TOO_HIGH".to_owned()));
    assert!(!refused.metadata.contains_key("grpc-retry-pushback-ms"));
    assert!(!refused.metadata.contains_key("retry-after"));
    let request = encoded(&SimulationRequest::default());
    let answered = soon("an answer", call(&requests, signed(A, RUN), request)).await;
    assert_eq!(code(&answered), Code::Ok);
}
