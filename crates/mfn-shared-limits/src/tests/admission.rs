//! Calls at several servers, which share limits.

use std::time::Duration;

use tokio::time::sleep;

use super::model::{Decision, Model, call, decision, server, signed};
use crate::command::Command;

// shows MFN-REPLICA-001
#[tokio::test(start_paused = true)]
async fn the_rate_of_a_key_is_that_of_all_servers_together() {
    let model = Model::default();
    let servers = [server(&model).await, server(&model).await, server(&model).await];
    let mut permits = Vec::new();
    for number in 0..10 {
        let said = decision(&servers[number % 3], call("lab", 10, 0), &mut permits).await;
        assert_eq!(said, Decision::Admitted, "{number}");
    }
    for server in &servers {
        let said = decision(server, call("lab", 10, 0), &mut permits).await;
        assert_eq!(said, Decision::RateExceeded(Duration::from_secs(1)));
    }
    // Another key is charged its own calls.
    assert_eq!(decision(&servers[0], call("other", 10, 0), &mut permits).await, Decision::Admitted);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(decision(&servers[1], call("lab", 10, 0), &mut permits).await, Decision::Admitted);
}

// shows MFN-REPLICA-002
#[tokio::test(start_paused = true)]
async fn the_calls_at_once_of_a_key_are_those_of_all_servers_together() {
    let model = Model::default();
    let servers = [server(&model).await, server(&model).await];
    let mut permits = Vec::new();
    for server in [&servers[0], &servers[1], &servers[1]] {
        assert_eq!(decision(server, call("lab", 0, 3), &mut permits).await, Decision::Admitted);
    }
    for server in &servers {
        let said = decision(server, call("lab", 0, 3), &mut permits).await;
        assert_eq!(said, Decision::ConcurrencyExceeded);
    }
    // The end of one of them makes room at the other server.
    permits.pop();
    sleep(Duration::from_millis(1)).await;
    assert_eq!(decision(&servers[0], call("lab", 0, 3), &mut permits).await, Decision::Admitted);
}

// shows MFN-REPLICA-003
#[tokio::test(start_paused = true)]
async fn a_signature_serves_one_call_of_all_servers() {
    let model = Model::default();
    let servers = [server(&model).await, server(&model).await];
    let mut permits = Vec::new();
    assert_eq!(decision(&servers[0], signed(1, 5), &mut permits).await, Decision::Admitted);
    for server in &servers {
        assert_eq!(decision(server, signed(1, 5), &mut permits).await, Decision::SignatureUsed);
    }
    assert_eq!(decision(&servers[1], signed(2, 5), &mut permits).await, Decision::Admitted);
    // Two are remembered by now.
    let mut full = signed(3, 5);
    full.once.as_mut().expect("it is signed").capacity = 2;
    let full = decision(&servers[1], full, &mut permits).await;
    let wait = Duration::from_mins(6);
    assert_eq!(full, Decision::SignaturesFull { capacity: 2, wait });
    // A store that has forgotten what was used accepts nothing of before.
    model.forgets(6);
    assert_eq!(decision(&servers[1], signed(1, 5), &mut permits).await, Decision::SignatureTooOld);
    assert_eq!(decision(&servers[1], signed(3, 6), &mut permits).await, Decision::Admitted);
}

#[tokio::test(start_paused = true)]
async fn calls_that_come_together_are_asked_for_together_and_in_their_order() {
    let model = Model::default();
    let server = server(&model).await;
    let mut permits = Vec::new();
    assert_eq!(decision(&server, call("lab", 0, 1), &mut permits).await, Decision::Admitted);
    model.log();
    // The place of a call that is over is there for the next one.
    permits.clear();
    let mut later = Vec::new();
    let both = tokio::join!(
        decision(&server, call("lab", 0, 1), &mut permits),
        decision(&server, call("lab", 0, 1), &mut later),
    );
    assert_eq!(both, (Decision::Admitted, Decision::ConcurrencyExceeded));
    let log = model.log();
    assert!(
        matches!(log[..], [Command::Release { .. }, Command::Admit(_), Command::Admit(_)]),
        "{log:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_caller_leaves_while_it_is_asked_for_takes_no_place() {
    use mfn_access::SharedLimits as _;

    let model = Model::default();
    let server = server(&model).await;
    drop(server.admit(call("lab", 0, 1)));
    sleep(Duration::from_millis(1)).await;
    assert_eq!(model.open("lab"), 0);
    assert_eq!(decision(&server, call("lab", 0, 1), &mut Vec::new()).await, Decision::Admitted);
}
