//! Each signature once, in bounded memory.

use std::time::Duration;

use crate::keys::Secret;
use crate::replay::{NotOnce, UsedSignatures};
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
    let mut used = UsedSignatures::default();
    let signature = signature("1000");
    assert_eq!(used.use_up(&signature, at(1000), at(800)), Ok(()));
    for now in [800, 1000, 1300] {
        assert_eq!(used.use_up(&signature, at(1000), at(now)), Err(NotOnce::Used), "{now}");
    }
}

#[test]
fn what_the_window_has_left_behind_is_forgotten_and_refused_for_good() {
    let mut used = UsedSignatures::default();
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
    assert_eq!(used.use_up(&signature("3"), at(1002), at(1002)), Err(NotOnce::Full));
    // To be full is no way to replay.
    assert_eq!(used.use_up(&signature("1"), at(1000), at(1002)), Err(NotOnce::Used));
    assert_eq!(used.use_up(&signature("3"), at(1301), at(1301)), Ok(()));
    assert_eq!((used.len(), used.is_empty(), used.capacity()), (2, false, 2));
}

// shows MFN-AUTH-017
#[test]
fn what_is_given_back_can_be_used_again_once() {
    let mut used = UsedSignatures::default();
    let signature = signature("1000");
    used.use_up(&signature, at(1000), at(1000)).expect("the first use");
    used.give_back(&signature, at(1000));
    assert_eq!(used.use_up(&signature, at(1000), at(1001)), Ok(()));
    assert_eq!(used.use_up(&signature, at(1000), at(1001)), Err(NotOnce::Used));
}
