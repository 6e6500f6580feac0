//! Which job is next, on a clock that the tests set.

mod fairness;
mod virtual_time;

use mfn_access::KeyId;

use super::*;
use crate::memory::SMALL_BYTES;

const MS: Duration = Duration::from_millis(1);
const SHORT: Duration = Duration::from_micros(100);
const LONG: Duration = Duration::from_hours(1);
const BOUNDS: Bounds = Bounds { workers: 2, slots: 2, depth: 4 };

fn tenant(name: &str) -> Tenant {
    Tenant::Key(KeyId::new(name).expect("an id"))
}

/// A schedule with a clock and a budget.
struct Bench {
    schedule: Schedule<()>,
    memory: Budget,
    now: Duration,
    numbers: u64,
}

impl Bench {
    fn new(bounds: Bounds) -> Self {
        let memory = Budget::new(100 * SMALL_BYTES);
        Self { schedule: Schedule::new(bounds), memory, now: Duration::ZERO, numbers: 0 }
    }

    fn request(&mut self, name: &str, cost: Duration) -> Request {
        self.numbers += 1;
        Request {
            tenant: tenant(name),
            share: 1,
            call: self.numbers,
            since: self.now,
            call_cost: cost,
            cost,
            bytes: 0,
        }
    }

    /// A new job of a call of its own, by its number.
    fn enter(&mut self, name: &str, cost: Duration) -> u64 {
        let request = self.request(name, cost);
        self.enter_as(request)
    }

    fn enter_as(&mut self, request: Request) -> u64 {
        self.numbers += 1;
        self.schedule.enter(Job::new(self.numbers, request, ()), self.now);
        self.numbers
    }

    fn next(&mut self) -> Option<Job<()>> {
        self.schedule.next(self.now, &self.memory)
    }

    /// Has the next job run for so long, and go on later.
    fn run(&mut self, took: Duration) -> Option<u64> {
        let mut job = self.next()?;
        let number = job.number;
        self.now += took;
        self.schedule.ran(&mut job, took);
        self.schedule.go_on(job, self.now);
        Some(number)
    }

    /// Has the next job run to its end.
    fn finish(&mut self, took: Duration) -> Option<u64> {
        let mut job = self.next()?;
        self.now += took;
        self.end(&mut job, took);
        Some(job.number)
    }

    fn end(&mut self, job: &mut Job<()>, took: Duration) {
        self.schedule.ran(job, took);
        self.schedule.rest(job);
    }
}

#[test]
fn jobs_of_one_tenant_run_in_the_order_in_which_they_came() {
    let mut bench = Bench::new(BOUNDS);
    let jobs: Vec<_> = (0..10).map(|_| bench.enter("a", SHORT)).collect();
    let ran: Vec<_> = std::iter::from_fn(|| bench.finish(SHORT)).collect();
    assert_eq!(ran, jobs);
    assert!(bench.schedule.is_idle());
}

// shows MFN-SHARE-001, MFN-SHARE-002
#[test]
fn tenants_have_the_same_time_however_many_jobs_they_have() {
    let mut bench = Bench::new(BOUNDS);
    let many: Vec<_> = (0..100).map(|_| bench.enter("a", LONG)).collect();
    let few = bench.enter("b", LONG);
    let ran: Vec<_> = std::iter::from_fn(|| bench.run(MS)).take(100).collect();
    assert_eq!(ran.iter().filter(|job| **job == few).count(), 50);
    assert!(ran.iter().all(|job| *job == few || many.contains(job)));
}

#[test]
fn time_counts_and_not_the_number_of_turns() {
    let mut bench = Bench::new(BOUNDS);
    bench.enter("a", LONG);
    for _ in 0..30 {
        bench.enter("b", SHORT);
    }
    // Ten turns of the one take as long as one of the other.
    let mut time = HashMap::new();
    while let Some(job) = bench.next() {
        let is_short = job.request.cost == SHORT;
        let took = if is_short { SHORT } else { MS };
        *time.entry(is_short).or_insert(0) += took.as_micros();
        let mut job = job;
        if is_short {
            bench.end(&mut job, took);
        } else {
            bench.schedule.ran(&mut job, took);
            bench.schedule.go_on(job, bench.now);
        }
        if time.get(&true) == Some(&3000) {
            break;
        }
    }
    assert!((3000..=4000).contains(&time[&false]), "{time:?}");
}

#[test]
fn who_comes_later_has_no_time_to_catch_up() {
    let mut bench = Bench::new(BOUNDS);
    let old = bench.enter("a", LONG);
    for _ in 0..1000 {
        bench.run(MS);
    }
    let new = bench.enter("b", LONG);
    let ran: Vec<_> = std::iter::from_fn(|| bench.run(MS)).take(10).collect();
    for job in [old, new] {
        assert!(ran.iter().filter(|ran| **ran == job).count() >= 4, "{ran:?}");
    }
}

// shows MFN-SHARE-002
#[test]
fn a_tenant_has_its_share_of_the_workers_while_others_wait_and_else_all() {
    let mut bench = Bench::new(Bounds { workers: 8, slots: 8, depth: 0 });
    for _ in 0..4 {
        let request = bench.request("a", SHORT);
        bench.enter_as(Request { share: 2, ..request });
    }
    let mut running = vec![];
    running.extend(std::iter::from_fn(|| bench.next()));
    assert_eq!(running.len(), 4, "nobody else waits");
    for job in &mut running {
        bench.end(job, SHORT);
    }
    for name in ["a", "b"] {
        for _ in 0..4 {
            let request = bench.request(name, SHORT);
            bench.enter_as(Request { share: 2, ..request });
        }
    }
    let mut first: Vec<_> = (0..4).filter_map(|_| bench.next()).collect();
    let of = |jobs: &[Job<()>], name| {
        jobs.iter().filter(|job| job.request.tenant == tenant(name)).count()
    };
    assert_eq!((of(&first, "a"), of(&first, "b")), (2, 2));
    // All that are left are of tenants that have their share.
    first.extend(std::iter::from_fn(|| bench.next()));
    assert_eq!(first.len(), 8);
}

// shows MFN-SHARE-004
#[test]
fn short_calls_go_before_long_ones_but_not_for_ever() {
    let mut bench = Bench::new(BOUNDS);
    let long = bench.enter("a", LONG);
    let mut waited = Duration::ZERO;
    let mut longest = Duration::ZERO;
    for n in 0..1000 {
        let short = bench.enter("a", SHORT);
        let next = bench.next().expect("two wait");
        let (mut job, took) = (next, SHORT);
        bench.now += took;
        if job.number == long {
            longest = longest.max(waited);
            waited = Duration::ZERO;
            bench.schedule.ran(&mut job, took);
            bench.schedule.go_on(job, bench.now);
            assert_eq!(bench.finish(SHORT), Some(short), "{n}");
        } else {
            assert_eq!(job.number, short, "{n}");
            waited += took;
            bench.end(&mut job, took);
        }
    }
    assert!(longest > 10 * MS && longest < 30 * MS, "{longest:?}");
}

// shows MFN-SHARE-004
#[test]
fn long_calls_have_a_quantum_each_in_turn() {
    let mut bench = Bench::new(BOUNDS);
    let [a, b] = [0, 1].map(|_| bench.enter("a", LONG));
    let ran: Vec<_> = std::iter::from_fn(|| bench.run(10 * MS)).take(8).collect();
    assert_eq!(ran, [a, a, b, b, a, a, b, b]);
}

// shows MFN-SHARE-003
#[test]
fn no_more_long_calls_are_begun_than_there_are_workers() {
    let mut bench = Bench::new(Bounds { workers: 2, slots: 1, depth: 4 });
    let [a, b, c] = [0, 1, 2].map(|_| bench.enter("a", LONG));
    let ran: Vec<_> = std::iter::from_fn(|| bench.run(100 * MS)).take(10).collect();
    assert!(ran.contains(&a) && ran.contains(&b) && !ran.contains(&c), "{ran:?}");
    // Another tenant's is begun beside them, and the third when one has ended.
    let other = bench.enter("b", LONG);
    assert_eq!(bench.run(MS), Some(other));
    assert_eq!(bench.finish(MS), Some(other));
    let ended = bench.finish(100 * MS);
    assert!(ended == Some(a) || ended == Some(b), "{ended:?}");
    let ran: Vec<_> = std::iter::from_fn(|| bench.run(100 * MS)).take(10).collect();
    assert!(ran.contains(&c), "{ran:?}");
}

#[test]
fn all_jobs_of_a_begun_call_may_run() {
    let mut bench = Bench::new(Bounds { workers: 1, slots: 4, depth: 4 });
    let call = bench.request("a", LONG);
    let parts = [0; 3].map(|_| bench.enter_as(call.clone()));
    let other = bench.enter("a", LONG);
    let mut running: Vec<_> = std::iter::from_fn(|| bench.next()).collect();
    assert_eq!(running.iter().map(|job| job.number).collect::<Vec<_>>(), parts);
    for job in &mut running {
        bench.end(job, MS);
    }
    assert_eq!(bench.next().map(|job| job.number), Some(other));
}

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
