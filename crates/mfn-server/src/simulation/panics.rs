//! The panics of a thread. A runtime catches those of its tasks for who waits for them, and
//! nobody waits for most tasks of a server. Those that the server itself catches are faults of
//! it, too: nothing that a schedule does is to have any code panic.

use std::cell::RefCell;
use std::panic;
use std::sync::Once;

thread_local! {
    static PANICS: RefCell<Vec<String>> = RefCell::default();
}

/// From now on the panics of this thread are remembered, and those before are forgotten.
pub(super) fn watch() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            PANICS.with_borrow_mut(|panics| panics.push(panic.to_string()));
            before(panic);
        }));
    });
    take();
}

/// The panics that there were.
pub(super) fn take() -> Vec<String> {
    PANICS.take()
}
