//! Which of the jobs of one tenant is next.

use super::*;

#[test]
fn jobs_of_one_tenant_run_in_the_order_in_which_they_came() {
    let mut bench = Bench::new(BOUNDS);
    let jobs: Vec<_> = (0..10).map(|_| bench.enter("a", SHORT)).collect();
    let ran: Vec<_> = std::iter::from_fn(|| bench.finish(SHORT)).collect();
    assert_eq!(ran, jobs);
    assert!(bench.schedule.is_idle());
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
