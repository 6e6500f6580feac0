//! Each signature once, in bounded memory.

use std::time::Duration;

use crate::keys::Secret;
use crate::replay::{MAX_CAPACITY, NotOnce, UsedSignatures, capacity};
use crate::signature::{Signature, Signer};
use crate::timestamp::Timestamp;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix(Duration::from_secs(seconds))
}

fn signature(of: &str) -> Signature {
    Signer::new(&Secret::new("a-secret").expect("a secret")).sign(of.as_bytes(), "/mfn.S/M")
}

// shows MFN-AUTH-017
#[test]
fn the_second_use_is_refused_as_long_as_the_window_lasts() {
    let mut used = UsedSignatures::with_capacity(10);
    let signature = signature("1000");
    assert_eq!(used.use_up(&signature, at(1000), at(800)), Ok(()));
    for now in [800, 1000, 1300] {
        assert_eq!(used.use_up(&signature, at(1000), at(now)), Err(NotOnce::Used), "{now}");
    }
}

#[test]
fn what_the_window_has_left_behind_is_forgotten_and_refused_for_good() {
    let mut used = UsedSignatures::with_capacity(10);
    used.use_up(&signature("1000"), at(1000), at(1000)).expect("the first use");
    used.use_up(&signature("1301"), at(1301), at(1301)).expect("another");
    assert_eq!(used.len(), 1);
    // The server's clock was set back.
    let again = used.use_up(&signature("1000"), at(1000), at(1000));
    assert_eq!(again, Err(NotOnce::Used));
}

#[test]
fn a_full_memory_refuses_new_ones_until_old_ones_are_past() {
    let mut used = UsedSignatures::with_capacity(2);
    used.use_up(&signature("1"), at(1000), at(1000)).expect("there is room");
    used.use_up(&signature("2"), at(1001), at(1001)).expect("there is room");
    let full = used.use_up(&signature("3"), at(1002), at(1002)).expect_err("there is none");
    // Until the nanosecond after 1300 s, at which the oldest may still be sent.
    let wait = Duration::new(298, 1);
    assert_eq!(full, NotOnce::Full { capacity: 2, wait });
    let almost = Timestamp::from_unix(
        (Duration::from_secs(1002) + wait).saturating_sub(Duration::from_nanos(1)),
    );
    let wait = Duration::from_nanos(1);
    let full = Err(NotOnce::Full { capacity: 2, wait });
    assert_eq!(used.use_up(&signature("3"), at(1302), almost), full);
    // To be full is no way to replay.
    assert_eq!(used.use_up(&signature("1"), at(1000), at(1002)), Err(NotOnce::Used));
    assert_eq!(used.use_up(&signature("3"), at(1301), at(1301)), Ok(()));
    assert_eq!((used.len(), used.is_empty(), used.capacity()), (2, false, 2));
}

#[test]
fn another_capacity_holds_at_once_and_forgets_nothing() {
    let mut used = UsedSignatures::with_capacity(2);
    assert!(used.is_empty());
    used.use_up(&signature("1"), at(1000), at(1000)).expect("there is room");
    used.set_capacity(1);
    let full = used.use_up(&signature("2"), at(1000), at(1000));
    assert!(matches!(full, Err(NotOnce::Full { capacity: 1, .. })), "{full:?}");
    used.set_capacity(2);
    assert_eq!(used.use_up(&signature("1"), at(1000), at(1000)), Err(NotOnce::Used));
    assert_eq!(used.use_up(&signature("2"), at(1000), at(1000)), Ok(()));
}

// shows MFN-AUTH-017
#[test]
fn what_is_given_back_can_be_used_again_once() {
    let mut used = UsedSignatures::with_capacity(10);
    let signature = signature("1000");
    used.use_up(&signature, at(1000), at(1000)).expect("the first use");
    used.give_back(&signature, at(1000));
    assert_eq!(used.use_up(&signature, at(1000), at(1001)), Ok(()));
    assert_eq!(used.use_up(&signature, at(1000), at(1001)), Err(NotOnce::Used));
}

#[test]
fn no_call_forgets_for_all_that_came_before_a_pause() {
    let mut used = UsedSignatures::with_capacity(10);
    for n in 0..10 {
        used.use_up(&signature(&n.to_string()), at(1000), at(1000)).expect("there is room");
    }
    used.use_up(&signature("later"), at(5000), at(5000)).expect("there is room again");
    assert_eq!(used.len(), 9);
    // What is not forgotten yet is refused like all that is past.
    assert_eq!(used.use_up(&signature("9"), at(1000), at(1000)), Err(NotOnce::Used));
}

#[test]
fn a_key_can_spend_its_rate_for_as_long_as_a_signature_can_be_valid() {
    assert_eq!(capacity(1), 601);
    assert_eq!(capacity(1000), 601_000);
    assert_eq!(capacity(1_000_000), MAX_CAPACITY);
    assert_eq!(capacity(0), MAX_CAPACITY, "no limit");

    let seconds = (0..601).map(|second| 1000 + second);
    let mut used = UsedSignatures::with_capacity(capacity(1));
    for now in seconds {
        // The timestamps furthest ahead are remembered longest.
        used.use_up(&signature(&now.to_string()), at(now + 300), at(now)).expect("there is room");
    }
}
