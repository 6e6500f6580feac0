//! How a test shows that an oracle refuses what is wrong: by its message, so that one fault
//! does not pass for another.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// `oracle` panics with a message that has `part` in it.
#[track_caller]
pub(crate) fn assert_refused<R>(part: &str, oracle: impl FnOnce() -> R) {
    let Err(panic) = catch_unwind(AssertUnwindSafe(oracle)) else {
        panic!("nothing is refused, where {part:?} was to be")
    };
    let told = panic.downcast_ref::<String>().map(String::as_str);
    let told = told.or_else(|| panic.downcast_ref().copied()).expect("a message");
    assert!(told.contains(part), "{part:?} is not in {told:?}");
}
