//! A machine that does not let the thread run, or a store that is asked more than it answers.

use std::time::Duration;

use futures_util::future::join_all;
use mfn_access::SharedLimits as _;
use mfn_access::shared::Unavailable;
use tokio::task::yield_now;
use tokio::time::{Instant, advance, sleep};

use super::model::{Decision, Health, Model, call, decision, server};
use crate::command::Command;
use crate::in_flight::ANSWER_TIMEOUT;

/// Longer than a call waits for the store.
const STARVED: Duration = Duration::from_millis(200);
const MOMENT: Duration = Duration::from_millis(1);

/// Lets the thread do all that it can at this time.
async fn runs() {
    for _ in 0..10 {
        yield_now().await;
    }
}

// shows MFN-REPLICA-005
#[tokio::test(start_paused = true)]
async fn an_answer_that_came_while_the_thread_did_not_run_is_not_taken_for_silence() {
    let model = Model::default();
    let server = server(&model).await;
    // The reader is woken after the thread, which has waited for long enough by then.
    model.is(Health::Slow(ANSWER_TIMEOUT + MOMENT));
    let mut permits = Vec::new();
    let asked = decision(&server, call("lab", 0, 1), &mut permits);
    let (said, ()) = tokio::join!(asked, async {
        sleep(49 * MOMENT).await;
        advance(5 * MOMENT).await;
    });
    assert_eq!(said, Decision::Admitted);
}

// shows MFN-REPLICA-005
#[tokio::test(start_paused = true)]
async fn time_in_which_the_thread_did_not_run_is_not_the_store_s() {
    let model = Model::default();
    let server = server(&model).await;
    model.is(Health::Slow(155 * MOMENT));
    let mut permits = Vec::new();
    let asked = decision(&server, call("lab", 0, 1), &mut permits);
    let (said, ()) = tokio::join!(asked, async {
        sleep(MOMENT).await;
        for _ in 0..6 {
            advance(25 * MOMENT).await;
            runs().await;
        }
    });
    assert_eq!(said, Decision::Admitted);
}

// shows MFN-REPLICA-005
#[tokio::test(start_paused = true)]
async fn a_silent_store_is_given_up_though_the_thread_never_runs_in_time() {
    let model = Model::default();
    let server = server(&model).await;
    model.is(Health::Silent);
    let pending = server.admit(call("lab", 0, 1));
    for _ in 0..30 {
        advance(25 * MOMENT).await;
        runs().await;
    }
    assert!(!server.is_available());
    assert_eq!(pending.await.err(), Some(Unavailable::Timeout));
}

// shows MFN-REPLICA-005
#[tokio::test(start_paused = true)]
async fn a_call_that_the_thread_takes_up_late_has_its_time_for_the_store() {
    let model = Model::default();
    let server = server(&model).await;
    model.is(Health::Slow(MOMENT));
    let pending = server.admit(call("lab", 0, 1));
    advance(STARVED).await;
    assert!(pending.await.is_ok());
    assert!(server.is_available());
}

// shows MFN-REPLICA-005
#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_those_before_it_waits_no_longer_than_they() {
    let model = Model::default();
    let server = server(&model).await;
    model.is(Health::Slow(39 * MOMENT));
    let mut before = Vec::new();
    // More than are sent one by one.
    for _ in 0..40 {
        before.push(server.admit(call("lab", 0, 100)));
        yield_now().await;
    }
    let start = Instant::now();
    let last = decision(&server, call("lab", 0, 100), &mut Vec::new()).await;
    assert_eq!(last, Decision::Missing(Unavailable::Timeout));
    assert!(start.elapsed() <= ANSWER_TIMEOUT, "{:?}", start.elapsed());
    let served = join_all(before).await.into_iter().flatten().count();
    assert!(served > 0, "the store has answered those that were sent");
}

// shows MFN-REPLICA-002
#[tokio::test(start_paused = true)]
async fn open_calls_are_renewed_before_calls_that_have_come() {
    let model = Model::default();
    let server = server(&model).await;
    let mut permits = Vec::new();
    decision(&server, call("lab", 0, 1), &mut permits).await;
    sleep(Duration::from_millis(1500)).await;
    model.log();
    // The renewal is due when the thread runs next, and the calls have come.
    advance(Duration::from_secs(1)).await;
    let many: Vec<_> = (0..2000).map(|_| server.admit(call("other", 0, 0))).collect();
    join_all(many).await;
    let log = model.log();
    assert!(matches!(log[0], Command::Renew { .. }), "{:?}", log[0]);
    assert_eq!(log.len(), 2001);
}
