//! What has room beside what.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use mfn_access::KeyId;

use super::*;

const TOTAL: usize = 160 * SMALL_BYTES;
/// What there is for what is large, if there are no connections.
const LARGE: usize = 140 * SMALL_BYTES;
/// What has room in the part for small ones too.
const MEDIUM: usize = 5 * SMALL_BYTES / 2;

fn tenant(name: &str) -> Tenant {
    Tenant::Key(KeyId::new(name).expect("an id"))
}

#[test]
fn what_is_small_has_room_beside_what_is_large() {
    let (budget, a) = (Budget::new(TOTAL), tenant("a"));
    let all = budget.reserve(&a, LARGE).expect("nothing is reserved");
    assert!(budget.reserve(&a, MEDIUM + 1).is_none());
    let small = budget.reserve(&a, SMALL_BYTES - 1).expect("small");
    assert_eq!(budget.reserved(), LARGE + SMALL_BYTES - 1);
    drop((all, small));
    assert_eq!(budget.reserved(), 0);
    assert!(budget.reserve(&a, SMALL_BYTES).is_some());
}

// shows MFN-MEM-001
#[test]
fn many_small_reservations_stay_within_the_budget() {
    let budget = Budget::new(TOTAL);
    let _large = budget.reserve(&tenant("large"), LARGE).expect("nothing is reserved");
    let mut held = Vec::new();
    for name in 0..50 {
        let tenant = tenant(&format!("k{name}"));
        held.extend(std::iter::from_fn(|| budget.reserve(&tenant, SMALL_BYTES - 1)).take(100));
    }
    assert!(budget.reserved() <= TOTAL, "{} of {TOTAL}", budget.reserved());
    // One that is given back makes room.
    drop(held.pop());
    assert!(budget.reserve(&tenant("last"), SMALL_BYTES - 1).is_some());
}

#[test]
fn what_is_reserved_for_an_answer_is_given_back_with_its_parts() {
    let budget = Budget::new(TOTAL);
    let all = Arc::new(budget.reserve(&tenant("a"), SMALL_BYTES).expect("room"));
    let parts = Bytes::from(vec![0; SMALL_BYTES]);
    let [first, second] = [0..100, 100..SMALL_BYTES].map(|range| parts.slice(range));
    let [first, second] = [first, second].map(|part| all.until_dropped(part));
    drop((all, parts));
    // The transport cuts off what it has sent, and keeps the rest.
    let rest = first.slice(50..);
    drop(first);
    assert_eq!(budget.reserved(), SMALL_BYTES);
    drop(rest);
    assert_eq!(budget.reserved(), SMALL_BYTES - 100);
    drop(second);
    assert_eq!(budget.reserved(), 0);
}

#[test]
fn more_than_the_budget_has_room_alone() {
    let (budget, a) = (Budget::new(TOTAL), tenant("a"));
    let beside = budget.reserve(&a, LARGE / 2).expect("room");
    assert!(budget.reserve(&a, usize::MAX / 2).is_none());
    drop(beside);
    let alone = budget.reserve(&a, usize::MAX / 2).expect("nothing else is reserved");
    assert!(budget.reserve(&tenant("b"), MEDIUM + 1).is_none());
    drop(alone);
    assert_eq!(budget.reserved(), 0);
}

#[test]
fn small_reservations_and_the_rest_of_answers_do_not_hold_up_the_largest() {
    let budget = Budget::new(TOTAL);
    let small = budget.reserve(&tenant("a"), 1).expect("small");
    let unread = budget.reserve(&tenant("b"), LARGE).expect("room");
    unread.shrink_to(512);
    assert!(budget.reserve(&tenant("c"), 2 * TOTAL).is_some());
    drop((small, unread));
}

// shows MFN-MEM-007
#[test]
fn however_many_connections_there_are_half_is_for_calls() {
    let (budget, a) = (Budget::new(TOTAL), tenant("a"));
    assert_eq!(most_connections(TOTAL), 80);
    let connections = budget.take(TOTAL / 4);
    let rest = budget.reserve(&a, LARGE - TOTAL / 4).expect("as much is left");
    assert!(budget.reserve(&tenant("b"), MEDIUM + 1).is_none());
    drop(connections);
    let beside = budget.reserve(&tenant("b"), SMALL_BYTES).expect("there is room");
    drop((rest, beside));
    // Who computes does not keep others from it, as if it were the only one.
    let _connections = budget.take(2 * TOTAL);
    let _long = budget.reserve(&a, LARGE / 4).expect("room");
    let _small = budget.reserve(&a, 1).expect("small");
    let _second = budget.reserve(&tenant("b"), MEDIUM + 1).expect("room beside");
}

// shows MFN-SHARE-001
#[test]
fn connections_that_come_beside_a_large_call_leave_room_for_a_middling_one() {
    let budget = Budget::new(TOTAL);
    let _long = budget.reserve(&tenant("a"), LARGE / 2).expect("room");
    let _connections = budget.take(2 * TOTAL);
    let [b, c] = ["b", "c"].map(tenant);
    let held: Vec<_> = std::iter::from_fn(|| budget.reserve(&b, MEDIUM)).collect();
    assert_eq!(held.len(), 2);
    let _other = budget.reserve(&c, MEDIUM).expect("there is room for others");
    // Whatever these take, half of that part stays for small ones.
    let _small = budget.reserve(&b, SMALL_BYTES - 1).expect("small");
}

// shows MFN-SHARE-008
#[test]
fn those_who_hold_some_leave_room_for_a_first_reservation_that_was_refused() {
    let budget = Budget::new(TOTAL);
    let [a, b] = ["a", "b"].map(tenant);
    let mut held: Vec<_> = std::iter::from_fn(|| budget.reserve(&a, 10 * SMALL_BYTES)).collect();
    assert_eq!(held.len(), 7);
    assert!(budget.reserve(&b, LARGE * 3 / 4).is_none());
    // What `a` gives back it does not get again before `b` has got its own.
    for _ in 0..4 {
        held.pop();
        let again = budget.reserve(&a, 10 * SMALL_BYTES);
        assert!(again.is_none(), "{} left", held.len());
    }
    // A newcomer does.
    drop(budget.reserve(&tenant("c"), SMALL_BYTES).expect("it fits"));
    let first = budget.reserve(&b, LARGE * 3 / 4).expect("there is room now");
    drop(first);
    held.push(budget.reserve(&a, 10 * SMALL_BYTES).expect("nobody waits"));
    // Who gives up is not waited for.
    assert!(budget.reserve(&b, LARGE).is_none());
    assert!(budget.reserve(&a, 10 * SMALL_BYTES).is_none());
    budget.give_up(&b, LARGE);
    held.push(budget.reserve(&a, 10 * SMALL_BYTES).expect("nobody waits"));
}

#[test]
fn one_tenant_holds_at_most_half_and_several_leave_room_for_another() {
    let budget = Budget::new(TOTAL);
    // As much as it gets, bit by bit.
    let take_all = |name| {
        let tenant = tenant(name);
        let held = std::iter::from_fn(|| budget.reserve(&tenant, 2 * MEDIUM));
        held.collect::<Vec<_>>()
    };
    let a = take_all("a");
    assert_eq!(budget.reserved(), LARGE / 2);
    let b = take_all("b");
    let c = take_all("c");
    let taken = [&a, &b, &c].map(Vec::len);
    assert_eq!(taken, [14, 7, 3]);
    // A newcomer's first has room if it fits.
    let free = LARGE - budget.reserved();
    let _d = budget.reserve(&tenant("d"), free).expect("it fits");
}

#[test]
fn who_was_refused_is_told_when_bytes_are_given_back() {
    let (budget, a) = (Budget::new(TOTAL), tenant("a"));
    let told = Arc::new(AtomicUsize::new(0));
    let telling = Arc::clone(&told);
    budget.on_release(move || {
        telling.fetch_add(1, Ordering::Relaxed);
    });
    let told = || told.load(Ordering::Relaxed);
    drop(budget.reserve(&a, LARGE));
    assert_eq!(told(), 0, "nobody was refused");
    let all = budget.reserve(&a, LARGE).expect("all is free");
    assert!(budget.reserve(&a, MEDIUM + 1).is_none());
    all.shrink_to(LARGE);
    assert_eq!(told(), 0, "nothing was given back");
    all.shrink_to(SMALL_BYTES);
    assert_eq!((told(), budget.reserved()), (1, SMALL_BYTES));
    all.shrink_to(LARGE);
    assert_eq!(budget.reserved(), SMALL_BYTES, "it does not grow");
    all.shrink_by(SMALL_BYTES - 1);
    assert_eq!((all.bytes(), budget.reserved()), (1, 1));
    all.shrink_by(SMALL_BYTES);
    assert_eq!((all.bytes(), budget.reserved()), (0, 0), "no more than it holds");
}
