//! A store that does not answer.

use std::time::Duration;

use mfn_access::SharedLimits as _;
use mfn_access::shared::Unavailable;
use tokio::time::{Instant, sleep};

use super::model::{Decision, Health, Model, call, decision, server};
use crate::in_flight::ANSWER_TIMEOUT;

const AWAY: Decision = Decision::Missing(Unavailable::Away);

// shows MFN-REPLICA-005
#[tokio::test(start_paused = true)]
async fn a_store_that_is_silent_costs_one_call_its_time_and_no_other_anything() {
    let model = Model::default();
    let server = server(&model).await;
    model.is(Health::Silent);
    let start = Instant::now();
    let first = decision(&server, call("lab", 10, 10), &mut Vec::new()).await;
    assert_eq!(first, Decision::Missing(Unavailable::Timeout));
    let waited = start.elapsed();
    let bound = Duration::from_millis(50);
    assert!(waited >= bound && waited < bound + Duration::from_millis(5), "{waited:?}");
    for _ in 0..1000 {
        assert_eq!(decision(&server, call("lab", 10, 10), &mut Vec::new()).await, AWAY);
    }
    assert_eq!(start.elapsed(), waited);
}

// shows MFN-REPLICA-005
#[tokio::test(start_paused = true)]
async fn a_call_behind_one_that_waits_waits_no_longer_than_its_own_time() {
    let model = Model::default();
    let server = server(&model).await;
    model.is(Health::Silent);
    let start = Instant::now();
    let (mut mine, mut others) = (Vec::new(), Vec::new());
    let both = tokio::join!(decision(&server, call("lab", 10, 10), &mut mine), async {
        sleep(ANSWER_TIMEOUT / 2).await;
        decision(&server, call("lab", 10, 10), &mut others).await
    });
    let timeout = Decision::Missing(Unavailable::Timeout);
    assert_eq!(both, (timeout, timeout));
    assert!(start.elapsed() < ANSWER_TIMEOUT + Duration::from_millis(5));
}

// shows MFN-REPLICA-005
#[tokio::test(start_paused = true)]
async fn limits_are_shared_again_within_some_seconds_of_the_store_s_return() {
    let model = Model::default();
    let server = server(&model).await;
    for health in [Health::Gone, Health::Silent, Health::Full] {
        model.is(health);
        let said = decision(&server, call("lab", 0, 10), &mut Vec::new()).await;
        assert!(matches!(said, Decision::Missing(_)), "{said:?}");
        sleep(Duration::from_secs(20)).await;
        assert!(!server.is_available());
        assert_eq!(decision(&server, call("lab", 0, 10), &mut Vec::new()).await, AWAY);
        model.is(Health::Well);
        sleep(Duration::from_millis(2100)).await;
        assert!(server.is_available(), "after {health:?}");
        let said = decision(&server, call("lab", 0, 10), &mut Vec::new()).await;
        assert_eq!(said, Decision::Admitted, "after {health:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_is_tried_about_once_a_second() {
    let model = Model::default();
    model.is(Health::Gone);
    let _server = server(&model).await;
    sleep(Duration::from_secs(10)).await;
    let before = model.connections();
    sleep(Duration::from_mins(1)).await;
    assert!((59..=61).contains(&(model.connections() - before)), "{}", model.connections());
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_broke_is_found_before_a_call_needs_it() {
    let model = Model::default();
    let server = server(&model).await;
    model.is(Health::Gone);
    sleep(Duration::from_millis(1100)).await;
    assert!(!server.is_available());
    model.is(Health::Well);
    sleep(Duration::from_millis(2100)).await;
    assert_eq!(decision(&server, call("lab", 0, 10), &mut Vec::new()).await, Decision::Admitted);
}

/// The store may have carried out what it did not answer.
#[tokio::test(start_paused = true)]
async fn a_call_that_was_given_up_holds_no_place_when_the_store_is_back() {
    let model = Model::default();
    let server = server(&model).await;
    model.is(Health::Silent);
    let said = decision(&server, call("lab", 0, 1), &mut Vec::new()).await;
    assert_eq!(said, Decision::Missing(Unavailable::Timeout));
    assert_eq!(model.open("lab"), 1);
    model.is(Health::Well);
    sleep(Duration::from_millis(1200)).await;
    assert_eq!(model.open("lab"), 0);
    assert_eq!(decision(&server, call("lab", 0, 1), &mut Vec::new()).await, Decision::Admitted);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_ends_while_the_store_is_away_is_over_when_it_is_back() {
    let model = Model::default();
    let server = server(&model).await;
    let mut permits = Vec::new();
    assert_eq!(decision(&server, call("lab", 0, 1), &mut permits).await, Decision::Admitted);
    model.is(Health::Gone);
    sleep(Duration::from_millis(1500)).await;
    drop(permits);
    model.is(Health::Well);
    sleep(Duration::from_millis(1200)).await;
    assert_eq!(model.open("lab"), 0);
}

// shows MFN-REPLICA-006
#[tokio::test(start_paused = true)]
async fn open_calls_are_told_first_to_a_store_that_is_back_and_knows_nothing() {
    let model = Model::default();
    let server = server(&model).await;
    let mut permits = Vec::new();
    assert_eq!(decision(&server, call("lab", 0, 1), &mut permits).await, Decision::Admitted);
    model.is(Health::Gone);
    let broken = decision(&server, call("other", 0, 1), &mut Vec::new()).await;
    assert_eq!(broken, Decision::Missing(Unavailable::Broken));
    model.forgets(0);
    model.is(Health::Well);
    while !server.is_available() {
        sleep(Duration::from_millis(1)).await;
    }
    let full = decision(&server, call("lab", 0, 1), &mut Vec::new()).await;
    assert_eq!(full, Decision::ConcurrencyExceeded);
}
