//! How long a call is open for the others.

use std::time::Duration;

use tokio::time::sleep;

use super::model::{Decision, Health, Model, call, decision, id, server};
use crate::command::Command;
use crate::messages::Waiters;
use mfn_access::SharedLimits as _;

// shows MFN-REPLICA-002
#[tokio::test(start_paused = true)]
async fn a_call_of_hours_stays_open_for_all_servers() {
    let model = Model::default();
    let (mine, other) = (server(&model).await, server(&model).await);
    let mut permits = Vec::new();
    assert_eq!(decision(&mine, call("lab", 0, 1), &mut permits).await, Decision::Admitted);
    for minute in 0..120 {
        sleep(Duration::from_mins(1)).await;
        let said = decision(&other, call("lab", 0, 1), &mut Vec::new()).await;
        assert_eq!(said, Decision::ConcurrencyExceeded, "after {minute} minutes");
    }
    drop(permits);
    sleep(Duration::from_millis(1)).await;
    assert_eq!(decision(&other, call("lab", 0, 1), &mut Vec::new()).await, Decision::Admitted);
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
    assert_eq!(decision(&dying, call("lab", 0, 1), &mut permits).await, Decision::Admitted);
    sleep(Duration::from_secs(20)).await;
    // As by SIGKILL: nobody is told anything.
    thread.abort();
    std::mem::forget(permits);
    sleep(STILL_OPEN).await;
    assert_eq!(
        decision(&other, call("lab", 0, 1), &mut Vec::new()).await,
        Decision::ConcurrencyExceeded
    );
    sleep(THEN_OVER).await;
    assert_eq!(decision(&other, call("lab", 0, 1), &mut Vec::new()).await, Decision::Admitted);
}

// shows MFN-REPLICA-006
#[tokio::test(start_paused = true)]
async fn open_calls_are_counted_again_after_the_store_has_lost_its_memory() {
    let model = Model::default();
    let server = server(&model).await;
    let mut permits = Vec::new();
    for _ in 0..3 {
        decision(&server, call("lab", 0, 10), &mut permits).await;
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
        decision(&server, call("lab", 0, 1000), &mut permits).await;
    }
    model.log();
    let mut short = Vec::new();
    sleep(Duration::from_millis(500)).await;
    decision(&server, call("short", 0, 10), &mut short).await;
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
    decision(&limits, call("lab", 0, 10), &mut permits).await;
    drop(permits);
    drop(limits);
    thread.await.expect("the work ends");
    assert_eq!(model.open("lab"), 0);
}

// shows MFN-REPLICA-006
#[tokio::test(start_paused = true)]
async fn a_call_that_was_admitted_alone_counts_before_the_next_is_asked_for() {
    let model = Model::default();
    let server = server(&model).await;
    // As after an answer that came too late, when the store is already there again.
    let _alone = server.open_unasked(&id("lab"));
    let next = decision(&server, call("lab", 0, 1), &mut Vec::new()).await;
    assert_eq!(next, Decision::ConcurrencyExceeded);
}

// shows MFN-REPLICA-006
#[tokio::test(start_paused = true)]
async fn servers_that_were_alone_admit_nothing_until_they_are_within_the_limit_together() {
    const LIMIT: u32 = 3;
    let model = Model::default();
    let servers = [server(&model).await, server(&model).await, server(&model).await];
    model.is(Health::Gone);
    sleep(Duration::from_millis(1500)).await;
    let mut alone = Vec::new();
    for server in servers.iter().cycle().take(servers.len() * LIMIT as usize) {
        alone.push(server.open_unasked(&id("lab")));
    }
    model.is(Health::Well);
    sleep(Duration::from_secs(2)).await;
    while !alone.is_empty() {
        assert_eq!(model.open("lab"), alone.len());
        for server in &servers {
            let said = decision(server, call("lab", 0, LIMIT), &mut Vec::new()).await;
            let is_full = alone.len() >= LIMIT as usize;
            assert_eq!(said == Decision::ConcurrencyExceeded, is_full, "{}", alone.len());
            sleep(Duration::from_millis(1)).await;
        }
        alone.pop();
        sleep(Duration::from_millis(1)).await;
    }
}

// shows MFN-REPLICA-006
#[tokio::test(start_paused = true)]
async fn a_store_that_is_back_learns_of_open_calls_before_those_that_are_over() {
    let model = Model::default();
    let server = server(&model).await;
    let (mut over, mut open) = (Vec::new(), Vec::new());
    decision(&server, call("lab", 0, 2), &mut over).await;
    decision(&server, call("lab", 0, 2), &mut open).await;
    model.is(Health::Gone);
    sleep(Duration::from_millis(1500)).await;
    over.clear();
    model.log();
    model.is(Health::Well);
    sleep(Duration::from_secs(1)).await;
    let log = model.log();
    assert!(matches!(log[..2], [Command::Renew { .. }, Command::Release { .. }]), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn open_calls_of_a_key_without_a_limit_of_them_are_not_told_to_the_store() {
    let model = Model::default();
    let server = server(&model).await;
    model.log();
    let mut permits = Vec::new();
    for _ in 0..10 {
        decision(&server, call("lab", 100, 0), &mut permits).await;
    }
    sleep(Duration::from_secs(10)).await;
    permits.clear();
    sleep(Duration::from_secs(1)).await;
    let log = model.log();
    let is_of_calls = |command: &&Command| !matches!(command, Command::Ping);
    let commands: Vec<_> = log.iter().filter(is_of_calls).collect();
    assert!(commands.iter().all(|command| matches!(command, Command::Admit(_))), "{commands:?}");
    assert_eq!(commands.len(), 10);
}
