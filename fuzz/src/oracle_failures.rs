//! How a test shows that an oracle fails on what is wrong: by its message, so that one fault
//! does not pass for another.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// `oracle` panics with a message that has `part` in it.
#[track_caller]
pub(crate) fn assert_fails_with<R>(part: &str, oracle: impl FnOnce() -> R) {
    let Err(panic) = catch_unwind(AssertUnwindSafe(oracle)) else {
        panic!("the oracle accepts what it should fail on, with {part:?}")
    };
    let told = panic.downcast_ref::<String>().map(String::as_str);
    let told = told.or_else(|| panic.downcast_ref().copied()).expect("a message");
    assert!(told.contains(part), "{part:?} is not in {told:?}");
}
