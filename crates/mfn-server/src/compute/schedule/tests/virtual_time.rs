//! A schedule whose jobs compute in time that is only counted.
//!
//! A job computes for a slice and goes on in another one when it is its turn, as
//! `compute::pool` has it. Nothing depends on how fast or busy the machine is.

use std::collections::{BTreeMap, HashMap};

use super::super::*;
use super::tenant;
use crate::compute::task::SLICE;

/// How many workers there are, and how many cores they compute on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Machine {
    pub(super) workers: usize,
    pub(super) cores: usize,
}

/// What a call takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    /// Jobs that can run side by side.
    pub(super) jobs: usize,
    /// What each of them takes.
    pub(super) takes: Duration,
    /// And what it is expected to take.
    pub(super) cost: Duration,
    /// The time for which each computes before it looks whether others wait.
    pub(super) part: Duration,
    pub(super) bytes: usize,
    /// Whether each is a stream whose reader is slow.
    pub(super) reads: Option<Reads>,
}

/// How a slow reader reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reads {
    /// What was computed for so long is as much as may be unread.
    pub(super) after: Duration,
    /// Then the computation rests for as long as it takes to read it.
    pub(super) take: Duration,
}

/// Who calls, and how often.
#[derive(Clone, Copy, Debug)]
pub(super) enum Load {
    /// So many calls are always under way.
    Closed(Call, usize),
    /// So many calls come at once, and again and again after a time, whatever has become
    /// of those before.
    Open { call: Call, at_once: usize, every: Duration },
}

/// How long some calls took, in the order of that.
#[derive(Debug)]
pub(super) struct Latencies(Vec<Duration>);

impl Latencies {
    /// The time within which so many of a hundred are over.
    pub(super) fn percentile(&self, percent: usize) -> Duration {
        let Self(latencies) = self;
        latencies[(latencies.len() * percent).div_ceil(100) - 1]
    }
}

/// How long calls of the first tenant take, of those that come within `time`. Each
/// tenant makes calls of one kind.
pub(super) fn latencies(
    machine: Machine,
    memory_bytes: usize,
    time: Duration,
    tenants: &[(&'static str, Load)],
) -> Latencies {
    let (watched, _) = tenants[0];
    let mut computing = Computing::new(machine, memory_bytes);
    for tenant in tenants {
        computing.begin(*tenant, time);
    }
    // Calls that come last have as long again.
    while let Some(((now, _), event)) = computing.events.pop_first()
        && now <= 2 * time
    {
        computing.now = now;
        computing.see(event);
    }
    let mut latencies = computing.ended.remove(watched).unwrap_or_default();
    // What has not ended has taken at least as long.
    let open = computing.calls.values().filter(|call| call.of.0 == watched);
    latencies.extend(open.map(|call| (2 * time).saturating_sub(call.since)));
    latencies.sort();
    Latencies(latencies)
}

/// What a job still has to compute.
#[derive(Debug)]
struct Work {
    left: Duration,
    /// Since it last rested.
    since_rest: Duration,
    slice_begun: Duration,
    call: Call,
}

/// A call that has come and has not ended.
#[derive(Debug)]
struct OpenCall {
    of: (&'static str, Load),
    since: Duration,
    jobs_left: usize,
}

#[derive(Debug)]
enum Event {
    Arrive(&'static str, Load),
    /// A job that computes looks whether others wait, so long after it last did.
    LookUp(Box<Job<Work>>, Duration),
    /// The reader has read what there was.
    Wake(Box<Job<Work>>),
}

#[derive(Debug)]
struct Computing {
    schedule: Schedule<Work>,
    memory: Budget,
    slots: usize,
    running: usize,
    now: Duration,
    numbers: u64,
    events: BTreeMap<(Duration, u64), Event>,
    calls: HashMap<u64, OpenCall>,
    ended: HashMap<&'static str, Vec<Duration>>,
}

impl Computing {
    fn new(Machine { workers, cores }: Machine, memory_bytes: usize) -> Self {
        let slots = workers.min(cores);
        Self {
            schedule: Schedule::new(Bounds { workers, slots, depth: 1024 }),
            memory: Budget::new(memory_bytes),
            slots,
            running: 0,
            now: Duration::ZERO,
            numbers: 0,
            events: BTreeMap::new(),
            calls: HashMap::new(),
            ended: HashMap::new(),
        }
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn at(&mut self, time: Duration, event: Event) {
        let number = self.number();
        self.events.insert((time, number), event);
    }

    fn begin(&mut self, (name, load): (&'static str, Load), time: Duration) {
        match load {
            Load::Closed(_, count) => {
                for _ in 0..count {
                    self.at(Duration::ZERO, Event::Arrive(name, load));
                }
            }
            Load::Open { at_once, every, .. } => {
                // The first of them find the others' calls under way.
                let mut next = every;
                while next < time {
                    for _ in 0..at_once {
                        self.at(next, Event::Arrive(name, load));
                    }
                    next += every;
                }
            }
        }
    }

    fn see(&mut self, event: Event) {
        match event {
            Event::Arrive(name, load) => self.arrive((name, load)),
            Event::Wake(job) => drop(self.schedule.enter(*job, self.now)),
            Event::LookUp(job, took) => self.look_up(job, took),
        }
        while self.running < self.slots
            && let Some(mut job) = self.schedule.next(self.now, &self.memory)
        {
            self.running += 1;
            job.work.slice_begun = self.now;
            self.compute(Box::new(job));
        }
    }

    fn arrive(&mut self, of: (&'static str, Load)) {
        let (name, load @ (Load::Closed(call, _) | Load::Open { call, .. })) = of;
        let tenant = tenant(name);
        if let Err(QueueFull { retry_after, .. }) = self.schedule.check(&tenant) {
            assert!(matches!(load, Load::Closed(..)), "a call of {name} is refused");
            return self.at(self.now + retry_after, Event::Arrive(name, load));
        }
        let number = self.number();
        self.calls.insert(number, OpenCall { of, since: self.now, jobs_left: call.jobs });
        for _ in 0..call.jobs {
            let request = Request {
                tenant: tenant.clone(),
                share: (self.slots / 2).max(1),
                call: number,
                since: self.now,
                call_cost: call.cost * u32::try_from(call.jobs).expect("few"),
                cost: call.cost,
                bytes: call.bytes,
            };
            let zero = Duration::ZERO;
            let work = Work { left: call.takes, since_rest: zero, slice_begun: zero, call };
            let job = Job::new(self.number(), request, work);
            self.schedule.enter(job, self.now);
        }
    }

    /// Has the job compute until it is done, or until the first of its parts is that
    /// ends when the slice is over.
    fn compute(&mut self, job: Box<Job<Work>>) {
        let part = job.work.call.part;
        let parts = SLICE.as_nanos().div_ceil(part.as_nanos());
        let until_look = part * u32::try_from(parts).expect("they are not that short");
        let took = until_look.min(job.work.left);
        self.at(self.now + took, Event::LookUp(job, took));
    }

    fn look_up(&mut self, mut job: Box<Job<Work>>, took: Duration) {
        let now = self.now;
        let work = &mut job.work;
        work.left -= took;
        work.since_rest += took;
        let reads = work.call.reads.filter(|reads| work.since_rest >= reads.after);
        let has_ended = work.left.is_zero();
        if !has_ended && reads.is_none() && self.schedule.is_idle() {
            work.slice_begun = now;
            return self.compute(job);
        }
        self.running -= 1;
        let ran = now.saturating_sub(work.slice_begun);
        self.schedule.ran(&mut job, ran);
        if has_ended {
            self.schedule.rest(&job);
            self.end(*job);
        } else if let Some(reads) = reads {
            job.work.since_rest = Duration::ZERO;
            self.schedule.rest(&job);
            self.at(now + reads.take, Event::Wake(job));
        } else {
            self.schedule.go_on(*job, now);
        }
    }

    fn end(&mut self, job: Job<Work>) {
        let number = job.request.call;
        drop(job);
        // Who was refused memory asks again.
        self.schedule.memory_was_freed();
        let call = self.calls.get_mut(&number).expect("it is open while it has jobs");
        call.jobs_left -= 1;
        if call.jobs_left == 0 {
            let OpenCall { of: (name, load), since, .. } =
                self.calls.remove(&number).expect("it is");
            self.ended.entry(name).or_default().push(self.now.saturating_sub(since));
            if let Load::Closed(..) = load {
                self.at(self.now, Event::Arrive(name, load));
            }
        }
    }
}
