//! How many calls may wait, and who is refused.

use super::*;

// shows MFN-ERR-008, MFN-SHARE-005
#[test]
fn the_queue_counts_calls_and_one_tenant_does_not_fill_it_for_others() {
    let mut bench = Bench::new(BOUNDS);
    let check = |bench: &Bench, name| bench.schedule.check(&tenant(name)).is_ok();
    // Two are computed and four may wait, of however many jobs.
    for n in 0..6 {
        assert!(check(&bench, "a"), "{n}");
        let call = bench.request("a", LONG);
        for _ in 0..17 {
            bench.enter_as(call.clone());
        }
    }
    assert!(!check(&bench, "a"));
    // Another has two computed, and half of the queue.
    for n in 0..4 {
        assert!(check(&bench, "b"), "{n}");
        bench.enter("b", LONG);
    }
    assert!(!check(&bench, "b") && !check(&bench, "a"));
    // A third has a third of it, which is one.
    for n in 0..3 {
        assert!(check(&bench, "c"), "{n}");
        bench.enter("c", LONG);
    }
    assert!(!check(&bench, "c"));
}

#[test]
fn without_a_queue_what_a_worker_takes_is_not_refused() {
    let mut bench = Bench::new(Bounds { depth: 0, ..BOUNDS });
    for _ in 0..2 {
        assert!(bench.schedule.check(&tenant("a")).is_ok());
        bench.enter("a", LONG);
    }
    assert!(bench.schedule.check(&tenant("a")).is_err());
    assert!(bench.schedule.check(&tenant("b")).is_ok());
}

// shows MFN-ERR-008, MFN-SHARE-006
#[test]
fn a_refusal_says_how_long_by_what_waits_of_the_same_tenant() {
    let mut bench = Bench::new(Bounds { workers: 1, slots: 1, depth: 1 });
    let wait = |bench: &Bench, name| {
        bench.schedule.check(&tenant(name)).expect_err("the queue is full").retry_after
    };
    for (name, cost) in [("a", LONG), ("b", 100 * MS)] {
        for _ in 0..3 {
            bench.enter(name, cost);
        }
    }
    assert_eq!(wait(&bench, "a"), LONGEST_WAIT);
    // Three of 100 ms each, and every second turn is the other's.
    assert_eq!(wait(&bench, "b"), 600 * MS);
    while bench.finish(MS).is_some() {}
    assert!(bench.schedule.check(&tenant("a")).is_ok());
}

#[test]
fn a_job_that_leaves_makes_room_in_the_queue() {
    let mut bench = Bench::new(Bounds { workers: 1, slots: 1, depth: 1 });
    bench.enter("a", LONG);
    let request = bench.request("a", LONG);
    let position = bench.schedule.enter(Job::new(u64::MAX, request, ()), bench.now);
    assert!(bench.schedule.check(&tenant("a")).is_err());
    assert_eq!(bench.schedule.leave(position).map(|job| job.number), Some(u64::MAX));
    assert!(bench.schedule.check(&tenant("a")).is_ok());
}
