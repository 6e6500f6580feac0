//! Jobs that wait for memory, and who passes them.

use super::*;
use crate::memory::SMALL_BYTES;

// shows MFN-SHARE-008
#[test]
fn a_large_job_waits_for_memory_and_others_pass_it() {
    let mut bench = Bench::new(BOUNDS);
    let large = |bench: &mut Bench, name| {
        let request = bench.request(name, SHORT);
        bench.enter_as(Request { bytes: 40 * SMALL_BYTES, ..request })
    };
    let [first, second] = [0, 1].map(|_| large(&mut bench, "a"));
    let small = bench.enter("a", SHORT);
    let mut holder = bench.next().expect("there is memory");
    assert_eq!(holder.number, first);
    assert_eq!(bench.finish(SHORT), Some(small));
    // Who comes with nothing has room where the other has taken what it may.
    let others = large(&mut bench, "b");
    assert_eq!(bench.finish(SHORT), Some(others));
    assert!(bench.next().is_none(), "nobody has room");
    assert_eq!(bench.schedule.waiting_for_memory(), 1);
    bench.end(&mut holder, SHORT);
    drop(holder);
    bench.schedule.memory_was_freed();
    assert_eq!(bench.finish(SHORT), Some(second));
    assert_eq!(bench.schedule.waiting_for_memory(), 0);
    assert_eq!(bench.memory.reserved(), 0);
}

/// The numbers are those of the rule test of `MfnMemoryNearLimit` in deploy/prometheus.
#[test]
fn large_jobs_of_one_tenant_wait_for_memory_where_little_is_taken() {
    const MIB: usize = 1024 * 1024;
    let mut bench = Bench::new(Bounds { workers: 10, ..BOUNDS });
    bench.memory = Budget::with_cache(384 * MIB, 64 * MIB);
    for _ in 0..4 {
        let request = bench.request("a", LONG);
        bench.enter_as(Request { bytes: 52 * MIB, ..request });
    }
    bench.enter("a", SHORT);
    let mut running: Vec<_> = std::iter::from_fn(|| bench.next()).collect();
    assert_eq!((running.len(), bench.memory.held()), (3, 104 * MIB));
    assert_eq!(bench.schedule.waiting_for_memory(), 2, "one of the rest lacks it, both wait");
    let large = running.iter().position(Job::is_large).expect("two run");
    bench.end(&mut running.remove(large), MS);
    bench.schedule.memory_was_freed();
    running.extend(std::iter::from_fn(|| bench.next()));
    assert_eq!(bench.schedule.waiting_for_memory(), 1);
}

/// A job that waits for its turn is not one that waits for memory.
#[test]
fn what_waits_for_a_worker_or_has_left_does_not_wait_for_memory() {
    let mut bench = Bench::new(Bounds { workers: 1, slots: 2, depth: 4 });
    let large = |bench: &mut Bench| {
        let request = bench.request("a", LONG);
        let request = Request { bytes: 80 * SMALL_BYTES, ..request };
        bench.numbers += 1;
        bench.schedule.enter(Job::new(bench.numbers, request, ()), bench.now)
    };
    large(&mut bench);
    let [first, second] = [0, 1].map(|_| large(&mut bench));
    let _running = bench.next().expect("there is memory");
    assert!(bench.next().is_none(), "one long job of a tenant is begun for each worker");
    assert_eq!(bench.schedule.waiting_for_memory(), 0);
    for position in [first, second] {
        assert!(bench.schedule.leave(position).is_some());
    }
    assert_eq!(bench.schedule.waiting_for_memory(), 0);
}
