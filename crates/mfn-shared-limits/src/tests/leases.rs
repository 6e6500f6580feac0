//! How long a call is open for the others.

use std::time::Duration;

use tokio::time::sleep;

use super::model::{Health, Model, Said, asked, call, id, server};
use crate::command::Command;
use crate::messages::Waiters;
use mfn_access::SharedLimits as _;

// shows MFN-REPLICA-002
#[tokio::test(start_paused = true)]
async fn a_call_of_hours_stays_open_for_all_servers() {
    let model = Model::default();
    let (mine, other) = (server(&model).await, server(&model).await);
    let mut permits = Vec::new();
    assert_eq!(asked(&mine, call("lab", 0, 1), &mut permits).await, Said::Admitted);
    for minute in 0..120 {
        sleep(Duration::from_mins(1)).await;
        let said = asked(&other, call("lab", 0, 1), &mut Vec::new()).await;
        assert_eq!(said, Said::ConcurrencyExceeded, "after {minute} minutes");
    }
    drop(permits);
    sleep(Duration::from_millis(1)).await;
    assert_eq!(asked(&other, call("lab", 0, 1), &mut Vec::new()).await, Said::Admitted);
}

/// Half of a lease.
const STILL_OPEN: Duration = Duration::from_secs(2);
/// Five seconds together.
const THEN_OVER: Duration = Duration::from_secs(3);

// shows MFN-REPLICA-004
#[tokio::test(start_paused = true)]
async fn calls_of_a_server_that_dies_are_over_after_five_seconds() {
    let model = Model::default();
    let other = server(&model).await;
    let (dying, sessions) = crate::StoreLimits::asking(model.clone(), Waiters::default());
    let thread = tokio::spawn(sessions.run());
    sleep(Duration::from_millis(1)).await;
    let mut permits = Vec::new();
    assert_eq!(asked(&dying, call("lab", 0, 1), &mut permits).await, Said::Admitted);
    sleep(Duration::from_secs(20)).await;
    // As by SIGKILL: nobody is told anything.
    thread.abort();
    std::mem::forget(permits);
    sleep(STILL_OPEN).await;
    assert_eq!(asked(&other, call("lab", 0, 1), &mut Vec::new()).await, Said::ConcurrencyExceeded);
    sleep(THEN_OVER).await;
    assert_eq!(asked(&other, call("lab", 0, 1), &mut Vec::new()).await, Said::Admitted);
}

// shows MFN-REPLICA-006
#[tokio::test(start_paused = true)]
async fn open_calls_are_counted_again_after_the_store_has_lost_its_memory() {
    let model = Model::default();
    let server = server(&model).await;
    let mut permits = Vec::new();
    for _ in 0..3 {
        asked(&server, call("lab", 0, 10), &mut permits).await;
    }
    model.forgets(0);
    assert_eq!(model.open("lab"), 0);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(model.open("lab"), 3);
}

// shows MFN-REPLICA-006
#[tokio::test(start_paused = true)]
async fn calls_that_were_admitted_without_the_store_count_once_it_is_there() {
    let model = Model::default();
    model.is(Health::Gone);
    let server = server(&model).await;
    let unasked = server.open_unasked(&id("lab"));
    model.is(Health::Well);
    sleep(Duration::from_secs(2)).await;
    assert!(server.is_available());
    assert_eq!(model.open("lab"), 1);
    drop(unasked);
    sleep(Duration::from_millis(1)).await;
    assert_eq!(model.open("lab"), 0);
}

#[tokio::test(start_paused = true)]
async fn short_calls_are_renewed_never_and_long_ones_once_a_second_in_few_commands() {
    let model = Model::default();
    let server = server(&model).await;
    let mut permits = Vec::new();
    for _ in 0..600 {
        asked(&server, call("lab", 0, 1000), &mut permits).await;
    }
    model.log();
    let mut short = Vec::new();
    sleep(Duration::from_millis(500)).await;
    asked(&server, call("short", 0, 10), &mut short).await;
    drop(short);
    sleep(Duration::from_secs(10)).await;
    let log = model.log();
    let renewals: Vec<_> = log
        .iter()
        .filter_map(|command| match command {
            Command::Renew { calls, .. } => Some(calls.len()),
            _ => None,
        })
        .collect();
    assert!((27..=33).contains(&renewals.len()), "{renewals:?}");
    assert_eq!(renewals[..3].iter().sum::<usize>(), 600, "{renewals:?}");
    assert!(renewals.iter().all(|calls| *calls <= 256));
}

// shows MFN-REPLICA-004
#[tokio::test(start_paused = true)]
async fn the_end_of_a_server_is_told_to_the_store() {
    let model = Model::default();
    let (limits, sessions) = crate::StoreLimits::asking(model.clone(), Waiters::default());
    let thread = tokio::spawn(sessions.run());
    sleep(Duration::from_millis(1)).await;
    let mut permits = Vec::new();
    asked(&limits, call("lab", 0, 10), &mut permits).await;
    drop(permits);
    drop(limits);
    thread.await.expect("the work ends");
    assert_eq!(model.open("lab"), 0);
}
