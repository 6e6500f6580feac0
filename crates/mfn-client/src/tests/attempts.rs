//! The decision alone.

use std::time::Duration;

use tokio::time::Instant;
use tonic::{Code, Status};

use crate::attempts::{Attempts, Policy, Retry};
use crate::error::Error;

const SECOND: Duration = Duration::from_secs(1);

fn error(code: Code) -> Error {
    Error::from_status(&Status::new(code, "of the test"), "here")
}

fn with_pushback(code: Code, pushback: &str) -> Error {
    let mut status = Status::new(code, "of the test");
    status.metadata_mut().insert("grpc-retry-pushback-ms", pushback.parse().expect("a value"));
    Error::from_status(&status, "here")
}

/// The delay after a first failure, of which chance says half.
fn delay(policy: Policy, endpoints: usize, error: Error) -> Option<Duration> {
    let now = Instant::now();
    Attempts::new(policy, endpoints, now).delay_after(error, now, 0.5).ok()
}

#[test]
fn only_what_passes_is_tried_again() {
    for code in (0..=16).map(Code::from_i32) {
        let delay = delay(Policy::default(), 1, error(code));
        assert_eq!(delay.is_some(), code == Code::Unavailable, "{code:?}");
    }
    let policy = Policy { attempt_timeout: Some(SECOND), ..Policy::default() };
    assert!(delay(policy, 1, error(Code::DeadlineExceeded)).is_some());
}

#[test]
fn a_limit_is_waited_for_as_long_as_the_server_says() {
    let waits = |code| delay(Policy::default(), 1, with_pushback(code, "1500"));
    assert_eq!(waits(Code::ResourceExhausted), Some(Duration::from_millis(1500)));
    assert_eq!(waits(Code::Unavailable), Some(Duration::from_millis(1500)));
    assert_eq!(waits(Code::InvalidArgument), None);
}

#[test]
fn a_pushback_that_is_negative_or_unreadable_forbids() {
    for pushback in ["-1", "", "soon", "1e3", "+5", "1234567890"] {
        let error = with_pushback(Code::Unavailable, pushback);
        assert_eq!(delay(Policy::default(), 2, error), None, "{pushback:?}");
    }
}

#[test]
fn waits_double_and_chance_says_how_much_of_them_is_waited() {
    let now = Instant::now();
    for (chance, milliseconds) in
        [(0.0, [0; 3]), (0.5, [500, 1000, 2000]), (1.0, [1000, 2000, 4000])]
    {
        let mut attempts = Attempts::new(Policy::default(), 1, now);
        let waits = [(); 3].map(|()| {
            attempts.delay_after(error(Code::Unavailable), now, chance).expect("a retry")
        });
        assert_eq!(waits.map(|wait| wait.as_millis()), milliseconds);
        let given_up = attempts.delay_after(error(Code::Unavailable), now, chance);
        assert_eq!(given_up.expect_err("three retries").attempts(), 4);
    }
}

#[test]
fn another_server_is_asked_at_once() {
    let now = Instant::now();
    let mut attempts = Attempts::new(Policy::default(), 2, now);
    let mut wait = || attempts.delay_after(error(Code::Unavailable), now, 1.0).expect("a retry");
    assert_eq!(wait(), Duration::ZERO);
    assert_eq!(wait(), 2 * SECOND);
}

#[test]
fn a_wait_beyond_the_deadline_is_not_begun() {
    let now = Instant::now();
    let hint = || with_pushback(Code::Unavailable, "1000");
    let policy = Policy { timeout: Some(10 * SECOND), ..Policy::default() };
    let at = |at| Attempts::new(policy, 1, now).delay_after(hint(), now + at, 0.5);
    assert!(at(Duration::from_millis(8999)).is_ok());
    assert!(at(9 * SECOND).is_err());
    let endless = Policy { timeout: None, ..Policy::default() };
    assert!(Attempts::new(endless, 1, now).delay_after(hint(), now + 1000 * SECOND, 0.5).is_ok());
}

#[test]
fn an_attempt_has_what_is_left_of_the_call_and_no_more_than_its_own() {
    let now = Instant::now();
    let policy = Policy { attempt_timeout: Some(20 * SECOND), ..Policy::default() };
    let attempts = Attempts::new(policy, 1, now);
    assert_eq!(attempts.timeout(now), Some(20 * SECOND));
    assert_eq!(attempts.timeout(now + 25 * SECOND), Some(5 * SECOND));
    assert_eq!(attempts.timeout(now + 31 * SECOND), Some(Duration::ZERO));
    let endless = Policy { timeout: None, attempt_timeout: None, retry: Retry::never() };
    assert_eq!(Attempts::new(endless, 1, now).timeout(now), None);
}

#[test]
fn no_number_of_retries_and_no_wait_is_too_large() {
    let retry = Retry { max_retries: u32::MAX, backoff: Duration::MAX };
    let policy = Policy { retry, timeout: Some(Duration::MAX), attempt_timeout: None };
    let now = Instant::now();
    let mut attempts = Attempts::new(policy, 1, now);
    for _ in 0..40 {
        attempts.delay_after(error(Code::Unavailable), now, 1.0).expect("a retry");
    }
}
