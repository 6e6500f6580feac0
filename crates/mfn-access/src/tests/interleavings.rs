//! Permits, acquired and given back by threads in every possible interleaving.

/// What stands for `crate::sync` here: the model checker's own.
mod sync {
    pub(crate) use loom::sync::Arc;
    pub(crate) use loom::sync::atomic::{AtomicU32, Ordering};
}

#[path = "../concurrency.rs"]
#[allow(clippy::duplicate_mod, reason = "the same code on other atomics is the purpose")]
#[expect(dead_code, unreachable_pub, reason = "the model needs some of it only")]
mod concurrency;

use concurrency::ConcurrencyLimit;
use sync::{Arc, AtomicU32, Ordering};

// shows MFN-LIMIT-004
#[test]
fn threads_never_share_the_last_permit_and_leave_no_call_open() {
    loom::model(|| {
        let limit = Arc::new(ConcurrencyLimit::new(1));
        let inside = Arc::new(AtomicU32::new(0));
        let call = {
            let (limit, inside) = (limit.clone(), inside.clone());
            move || {
                let Ok(permit) = ConcurrencyLimit::acquire(&limit) else { return };
                assert_eq!(inside.fetch_add(1, Ordering::Relaxed), 0);
                inside.fetch_sub(1, Ordering::Relaxed);
                drop(permit);
            }
        };
        let other = loom::thread::spawn(call.clone());
        call();
        other.join().expect("no panic");
        assert_eq!(limit.open(), 0);
    });
}
