//! Where computations run, and when they stop.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

use mfn_access::{Key, Limits};
use tokio_stream::StreamExt as _;

use super::*;
use crate::cost::Cost;

const SMALL: Demand = Demand::of(Cost::SMALL);
const LARGE: Demand = Demand::of(Cost::LARGEST);
const MEMORY: usize = 1024 * 1024;

fn compute() -> Compute {
    Compute::start(NonZero::new(2).expect("not 0"), 100, &Budget::new(MEMORY))
        .expect("threads are to be had")
}

/// Asks on and on whether the caller is there, and tells in the end whether
/// it has learnt that it is not.
fn patient(stopped: oneshot::Sender<bool>) -> impl FnOnce(&dyn Caller) -> Result<(), CallerGone> {
    move |caller| {
        let stop = (0..1_000_000).find(|_| {
            std::thread::yield_now();
            caller.wants_more().is_err()
        });
        stopped.send(stop.is_some()).ok();
        Err(CallerGone)
    }
}

#[tokio::test]
async fn an_answer_is_the_same_wherever_it_is_computed() {
    for cost in [SMALL, LARGE] {
        assert_eq!(compute().answer(cost, |_| Ok(42)).await, Ok(42));
        let mut numbers = 0..10;
        let count = move |_: &dyn Caller| Ok(numbers.next());
        let frames = compute().frames(cost, 2, count).expect("the queue is not full");
        let frames: Vec<_> = frames.collect().await;
        assert_eq!(frames, (0..10).map(Ok).collect::<Vec<_>>());
    }
}

// shows MFN-VAL-014
#[tokio::test]
async fn answers_come_in_order_whichever_is_ready_first() {
    for cost in [SMALL, LARGE] {
        let jobs = [3, 1, 2].map(|n| move |_: &dyn Caller| Ok(n));
        assert_eq!(compute().answers(cost, jobs).await, Ok([3, 1, 2]));
    }
}

#[tokio::test]
async fn jobs_of_one_call_run_side_by_side() {
    let barrier = Arc::new(Barrier::new(2));
    let meet = |_| {
        let barrier = Arc::clone(&barrier);
        move |_: &dyn Caller| Ok(barrier.wait().is_leader())
    };
    // One after the other, the first would wait for the second for ever.
    let met = compute().answers(LARGE, [0, 1].map(meet)).await.expect("both meet");
    assert_ne!(met[0], met[1]);
}

// shows MFN-ERR-007
#[tokio::test]
async fn a_panic_in_one_job_stops_the_others() {
    let (stopped, stops) = oneshot::channel();
    let mut stopped = Some(stopped);
    let jobs = [true, false].map(|panics| {
        let stopped = if panics { None } else { stopped.take() };
        move |caller: &dyn Caller| match stopped {
            Some(stopped) => patient(stopped)(caller),
            None => panic!("of the test"),
        }
    });
    assert_eq!(compute().answers(LARGE, jobs).await, Err(Error::Internal));
    // It has learnt that nobody waits, or was never begun.
    assert_ne!(stops.await, Ok(false));
}

#[tokio::test]
async fn small_work_stays_on_its_thread_and_other_work_leaves_it() {
    let here = std::thread::current().id();
    let whereabouts = |_: &dyn Caller| Ok(std::thread::current().id());
    assert_eq!(compute().answer(SMALL, whereabouts).await, Ok(here));
    assert_ne!(compute().answer(LARGE, whereabouts).await, Ok(here));
}

#[tokio::test]
async fn an_answer_that_nobody_waits_for_is_not_computed_to_its_end() {
    let (stopped, stops) = oneshot::channel();
    let (started, starts) = oneshot::channel();
    let compute = compute();
    let answer = compute.answer(LARGE, |caller| {
        started.send(()).ok();
        patient(stopped)(caller)
    });
    tokio::select! {
        _ = answer => panic!("the computation has not waited"),
        started = starts => started.expect("the computation says that it has started"),
    }
    assert_eq!(stops.await, Ok(true));
}

#[tokio::test]
async fn a_stream_that_nobody_reads_on_is_not_computed_to_its_end() {
    let (stopped, stops) = oneshot::channel();
    let (mut sent, mut stopped) = (false, Some(stopped));
    let next = move |caller: &dyn Caller| match (sent, stopped.take()) {
        (true, Some(stopped)) => patient(stopped)(caller).map(|()| None),
        (_, kept) => {
            (sent, stopped) = (true, kept);
            Ok(Some(1))
        }
    };
    let mut frames = compute().frames(LARGE, 2, next).expect("the queue is not full");
    assert_eq!(frames.next().await, Some(Ok(1)));
    drop(frames);
    assert_eq!(stops.await, Ok(true));
}

/// Counts up to 1000, by what it shares.
fn counter(
    computed: &Arc<AtomicUsize>,
) -> impl FnMut(&dyn Caller) -> Result<Option<usize>, CallerGone> + use<> {
    let computed = Arc::clone(computed);
    move |_: &dyn Caller| {
        let frame = computed.fetch_add(1, Ordering::SeqCst);
        Ok((frame < 1000).then_some(frame))
    }
}

// shows MFN-STREAM-006
#[tokio::test]
async fn a_slow_reader_holds_up_no_thread_and_gets_every_frame() {
    const AHEAD: usize = 4;
    let compute = Compute::start(NonZero::new(1).expect("not 0"), 100, &Budget::new(MEMORY))
        .expect("a thread");
    let computed = Arc::default();
    let mut slow = compute.frames(LARGE, AHEAD, counter(&computed)).expect("the queue is not full");
    // The only thread is free for others while nobody reads the stream.
    for n in 0..10 {
        assert_eq!(compute.answer(LARGE, move |_| Ok(n)).await, Ok(n));
        assert!(computed.load(Ordering::SeqCst) <= AHEAD, "more than is asked for");
    }
    let mut frames = Vec::new();
    while let Some(frame) = slow.next().await {
        frames.push(frame);
        let ahead = computed.load(Ordering::SeqCst) - frames.len();
        assert!(ahead <= AHEAD + 1, "{ahead} frames ahead");
    }
    assert_eq!(frames, (0..1000).map(Ok).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_set_aside_goes_with_its_reader() {
    let computed = Arc::default();
    let compute = compute();
    let mut frames = compute.frames(LARGE, 2, counter(&computed)).expect("the queue is not full");
    assert_eq!(frames.next().await, Some(Ok(0)));
    while computed.load(Ordering::SeqCst) < 3 {
        tokio::task::yield_now().await;
    }
    drop(frames);
    // The counter has a share as long as it is kept.
    while Arc::strong_count(&computed) > 1 {
        tokio::task::yield_now().await;
    }
}

// shows MFN-ERR-007
#[tokio::test]
async fn a_panic_is_an_error_of_its_call_alone() {
    for cost in [SMALL, LARGE] {
        let broken = |_: &dyn Caller| -> Result<u32, _> { panic!("of the test") };
        assert_eq!(compute().answer(cost, broken).await, Err(Error::Internal));
        let mut left = Some(1);
        let next = move |_: &dyn Caller| Ok(Some(left.take().expect("of the test")));
        let frames = compute().frames(cost, 2, next).expect("the queue is not full");
        let frames: Vec<_> = frames.collect().await;
        assert_eq!(frames, [Ok(1), Err(Error::Internal)]);
    }
}

// shows MFN-LIMIT-005
#[tokio::test]
async fn a_place_is_held_until_the_computation_has_stopped() {
    let key = Arc::new(Key::anonymous(Limits { rps: 0, concurrent: 1 }));
    let compute = compute();
    let permit = || Permit::for_test(Arc::clone(&key));
    // Its caller leaves while it runs, and it does not look.
    let (begin, begun) = oneshot::channel();
    let (go, gone) = std::sync::mpsc::channel::<()>();
    let attended = compute.with_permit(permit());
    let call = tokio::spawn(async move {
        let job = move |_: &dyn Caller| {
            begin.send(()).ok();
            gone.recv().ok();
            Ok(())
        };
        attended.answer(LARGE, job).await
    });
    begun.await.expect("it begins");
    call.abort();
    assert!(call.await.is_err_and(|error| error.is_cancelled()));
    assert_eq!(key.places_taken(), 1);
    drop(go);
    while key.places_taken() > 0 {
        tokio::task::yield_now().await;
    }
    // Whoever has an answer, or the end of a stream, finds the place free.
    for _ in 0..100 {
        assert_eq!(compute.with_permit(permit()).answer(LARGE, |_| Ok(1)).await, Ok(1));
        assert_eq!(key.places_taken(), 0);
        let mut numbers = 0..10;
        let count = move |_: &dyn Caller| Ok(numbers.next());
        let frames = compute.with_permit(permit()).frames(LARGE, 2, count).expect("a free thread");
        assert_eq!(frames.collect::<Vec<_>>().await.len(), 10);
        assert_eq!(key.places_taken(), 0);
    }
}
