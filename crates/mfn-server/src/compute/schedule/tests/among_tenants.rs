//! Whose job is next among tenants.

use super::*;

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
