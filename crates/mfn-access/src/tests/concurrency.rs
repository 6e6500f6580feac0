//! Permits, acquired and given back one after the other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use proptest::prelude::*;

use crate::concurrency::{ConcurrencyExceeded, ConcurrencyLimit};

/// How an open call ends, or that another one begins.
#[derive(Clone, Copy, Debug)]
enum Event {
    Begins,
    Ends(prop::sample::Index),
    Panics,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        3 => Just(Event::Begins),
        2 => any::<prop::sample::Index>().prop_map(Event::Ends),
        1 => Just(Event::Panics),
    ];
    prop::collection::vec(event, 0..200)
}

proptest! {
    // shows MFN-LIMIT-004
    #[test]
    fn never_more_than_the_limit_and_none_is_lost(limit in 1_u32..10, events in events()) {
        let calls = Arc::new(ConcurrencyLimit::new(limit));
        let mut open = Vec::new();
        for event in events {
            match event {
                Event::Begins => {
                    let permit = ConcurrencyLimit::acquire(&calls);
                    prop_assert_eq!(permit.is_ok(), open.len() < limit as usize);
                    open.extend(permit);
                }
                Event::Ends(which) if !open.is_empty() => {
                    let _given_back = open.swap_remove(which.index(open.len()));
                }
                Event::Ends(_) => {}
                Event::Panics => {
                    let permit = ConcurrencyLimit::acquire(&calls);
                    let holder = AssertUnwindSafe(move || {
                        let _permit = permit;
                        std::panic::resume_unwind(Box::new("of the test"));
                    });
                    prop_assert!(catch_unwind(holder).is_err());
                }
            }
            prop_assert_eq!(calls.open() as usize, open.len());
            prop_assert!(calls.open() <= limit);
        }
        open.clear();
        prop_assert_eq!(calls.open(), 0);
    }
}

#[test]
fn a_lower_limit_gives_none_until_enough_are_back() {
    let calls = Arc::new(ConcurrencyLimit::new(3));
    let mut open: Vec<_> =
        (0..3).map(|_| ConcurrencyLimit::acquire(&calls).expect("a permit")).collect();
    calls.set_limit(2);
    for _ in 0..2 {
        assert_eq!(ConcurrencyLimit::acquire(&calls).err(), Some(ConcurrencyExceeded));
        open.pop();
    }
    let permit = ConcurrencyLimit::acquire(&calls).expect("a permit");
    assert_eq!((calls.open(), open.len()), (2, 1));
    drop(permit);
}

#[test]
fn no_limit_counts_all_the_same() {
    let calls = Arc::new(ConcurrencyLimit::new(0));
    let open: Vec<_> =
        (0..1000).map(|_| ConcurrencyLimit::acquire(&calls).expect("no limit")).collect();
    assert_eq!(calls.open(), 1000);
    drop(open);
    assert_eq!(calls.open(), 0);
}
