//! Where computations run, whose turn it is, and when they stop.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

use mfn_access::{Key, Limits};
use tokio_stream::StreamExt as _;

use super::*;

const SMALL: Demand = Demand::of(Cost::SMALL);
const LARGE: Demand = Demand::of(Cost::LARGEST);
const MEMORY: usize = 1024 * 1024;

fn compute_on(workers: usize) -> Compute {
    let workers = NonZero::new(workers).expect("not 0");
    let size = PoolSize { workers, cores: workers, queue_depth: 100 };
    Compute::start(size, &Budget::new(MEMORY)).expect("threads are to be had")
}

fn compute() -> Compute {
    compute_on(2)
}

/// Tells when it ends, whichever way.
struct Witness(Option<oneshot::Sender<()>>);

impl Witness {
    fn new() -> (Self, oneshot::Receiver<()>) {
        let (ends, end) = oneshot::channel();
        (Self(Some(ends)), end)
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.0.take().map(|ends| ends.send(()));
    }
}

/// Gives way for ever.
async fn endless(turn: Turn, _witness: Witness) {
    loop {
        std::thread::yield_now();
        turn.give_way().await;
    }
}

/// Gives way until it is told to end.
async fn until(turn: Turn, end: Arc<AtomicBool>) {
    while !end.load(Ordering::Relaxed) {
        std::thread::yield_now();
        turn.give_way().await;
    }
}

/// A caller of its own.
fn caller(compute: &Compute) -> Compute {
    let key = Key::anonymous(Limits { rps: 0, concurrent: 0, ..Limits::default() });
    compute.with_permit(Permit::for_test(Arc::new(key)))
}

#[tokio::test]
async fn an_answer_is_the_same_wherever_it_is_computed() {
    for demand in [SMALL, LARGE] {
        assert_eq!(compute().answer(demand, |_| async { 42 }).await, Ok(42));
        let count = |_: Turn, frames: FrameSender<u32>| async move {
            for number in 0..10 {
                frames.send(number).await;
            }
        };
        let compute = compute();
        let frames = compute.frames(demand, 2, count).expect("the queue is not full");
        let frames: Vec<_> = frames.collect().await;
        assert_eq!(frames, (0..10).map(Ok).collect::<Vec<_>>());
    }
}

// shows MFN-VAL-014
#[tokio::test]
async fn parts_come_in_order_whichever_is_ready_first() {
    for demand in [SMALL, LARGE] {
        let job = move |turn: Turn| async move {
            let jobs = [3, 1, 2].map(|n| move |_: Turn| async move { n });
            turn.side_by_side(demand, jobs).await
        };
        assert_eq!(compute().answer(demand, job).await, Ok([3, 1, 2]));
    }
}

#[tokio::test]
async fn parts_of_one_call_run_side_by_side() {
    let barrier = Arc::new(Barrier::new(2));
    let job = move |turn: Turn| async move {
        let meet = |_| {
            let barrier = Arc::clone(&barrier);
            move |_: Turn| async move { barrier.wait().is_leader() }
        };
        turn.side_by_side(LARGE, [0, 1].map(meet)).await
    };
    // One after the other, the first would wait for the second for ever.
    let met = compute().answer(LARGE, job).await.expect("both meet");
    assert_ne!(met[0], met[1]);
}

// shows MFN-ERR-007
#[tokio::test]
async fn a_panic_in_one_part_stops_the_others() {
    let (witness, end) = Witness::new();
    let job = move |turn: Turn| async move {
        let mut witness = Some(witness);
        let jobs = [true, false].map(|panics| {
            let witness = if panics { None } else { witness.take() };
            move |turn: Turn| async move {
                match witness {
                    Some(witness) => endless(turn, witness).await,
                    None => panic!("of the test"),
                }
            }
        });
        turn.side_by_side(LARGE, jobs).await
    };
    assert_eq!(compute().answer(LARGE, job).await, Err(Error::Internal));
    end.await.expect("it ends");
}

#[tokio::test]
async fn small_work_stays_on_its_thread_and_other_work_leaves_it() {
    let here = std::thread::current().id();
    let whereabouts = |_: Turn| async { std::thread::current().id() };
    assert_eq!(compute().answer(SMALL, whereabouts).await, Ok(here));
    assert_ne!(compute().answer(LARGE, whereabouts).await, Ok(here));
}

#[tokio::test]
async fn an_answer_that_nobody_waits_for_is_not_computed_to_its_end() {
    let (witness, end) = Witness::new();
    let (started, starts) = oneshot::channel();
    let compute = compute();
    let answer = compute.answer(LARGE, |turn| async move {
        started.send(()).ok();
        endless(turn, witness).await;
    });
    tokio::select! {
        _ = answer => panic!("the computation has not waited"),
        started = starts => started.expect("the computation says that it has started"),
    }
    end.await.expect("it ends");
}

#[tokio::test]
async fn a_stream_that_nobody_reads_on_is_not_computed_to_its_end() {
    let (witness, end) = Witness::new();
    let job = move |turn: Turn, frames: FrameSender<u32>| async move {
        frames.send(1).await;
        endless(turn, witness).await;
    };
    let mut frames = compute().frames(LARGE, 2, job).expect("the queue is not full");
    assert_eq!(frames.next().await, Some(Ok(1)));
    drop(frames);
    end.await.expect("it ends");
}

/// Sends the numbers below 1000, and counts them in `computed`.
fn counter(
    computed: &Arc<AtomicUsize>,
) -> impl FnOnce(Turn, FrameSender<usize>) -> Pin<Box<dyn Future<Output = ()> + Send>> + use<> {
    let computed = Arc::clone(computed);
    move |_, frames| {
        Box::pin(async move {
            for number in 0..1000 {
                computed.fetch_add(1, Ordering::SeqCst);
                frames.send(number).await;
            }
        })
    }
}

// shows MFN-STREAM-006
#[tokio::test]
async fn a_slow_reader_holds_up_no_thread_and_gets_every_frame() {
    const AHEAD: usize = 4;
    let compute = compute_on(1);
    let computed = Arc::default();
    let mut slow = compute.frames(LARGE, AHEAD, counter(&computed)).expect("the queue is not full");
    // The only thread is free for others while nobody reads the stream.
    for n in 0..10 {
        assert_eq!(compute.answer(LARGE, move |_| async move { n }).await, Ok(n));
        assert!(computed.load(Ordering::SeqCst) <= AHEAD + 1, "more than is asked for");
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
async fn a_stream_at_rest_goes_with_its_reader() {
    let computed = Arc::default();
    let compute = compute();
    let mut frames = compute.frames(LARGE, 2, counter(&computed)).expect("the queue is not full");
    assert_eq!(frames.next().await, Some(Ok(0)));
    while computed.load(Ordering::SeqCst) < 4 {
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
    let compute = compute_on(1);
    for demand in [SMALL, LARGE] {
        let broken = |_: Turn| async { panic!("of the test") };
        assert_eq!(compute.answer::<u32, _, _>(demand, broken).await, Err(Error::Internal));
        let broken = |_: Turn, frames: FrameSender<u32>| async move {
            frames.send(1).await;
            panic!("of the test")
        };
        let frames = compute.frames(demand, 2, broken).expect("the queue is not full");
        let frames: Vec<_> = frames.collect().await;
        assert_eq!(frames, [Ok(1), Err(Error::Internal)]);
        assert_eq!(compute.answer(demand, |_| async { 1 }).await, Ok(1), "the thread is there");
    }
}

// shows MFN-LIMIT-005
#[tokio::test]
async fn a_permit_is_held_until_the_computation_has_stopped() {
    let limits = Limits { rps: 0, concurrent: 1, ..Limits::default() };
    let key = Arc::new(Key::anonymous(limits));
    let compute = compute();
    let permit = || Permit::for_test(Arc::clone(&key));
    // Its caller leaves while it runs, and it does not look.
    let (begin, begun) = oneshot::channel();
    let (go, gone) = std::sync::mpsc::channel::<()>();
    let attended = compute.with_permit(permit());
    let call = tokio::spawn(async move {
        let job = move |_: Turn| async move {
            begin.send(()).ok();
            gone.recv().ok();
        };
        attended.answer(LARGE, job).await
    });
    begun.await.expect("it begins");
    call.abort();
    assert!(call.await.is_err_and(|error| error.is_cancelled()));
    assert_eq!(key.open_calls(), 1);
    drop(go);
    while key.open_calls() > 0 {
        tokio::task::yield_now().await;
    }
    // Whoever has an answer, or the end of a stream, finds the permit free.
    for _ in 0..100 {
        assert_eq!(compute.with_permit(permit()).answer(LARGE, |_| async { 1 }).await, Ok(1));
        assert_eq!(key.open_calls(), 0);
        let count = |_: Turn, frames: FrameSender<u32>| async move {
            for number in 0..10 {
                frames.send(number).await;
            }
        };
        let frames = compute.with_permit(permit()).frames(LARGE, 2, count);
        assert_eq!(frames.expect("a free thread").collect::<Vec<_>>().await.len(), 10);
        assert_eq!(key.open_calls(), 0);
    }
}

#[tokio::test]
async fn one_tenant_s_long_computations_give_way_to_another_s() {
    let compute = compute_on(1);
    let end = Arc::new(AtomicBool::new(false));
    let long: Vec<_> = (0..10)
        .map(|_| {
            let (compute, end) = (compute.clone(), Arc::clone(&end));
            tokio::spawn(async move { compute.answer(LARGE, |turn| until(turn, end)).await })
        })
        .collect();
    // The only thread has the others' for as long as nothing of this one is done.
    let other = caller(&compute);
    for n in 0..10 {
        assert_eq!(other.answer(LARGE, move |_| async move { n }).await, Ok(n));
    }
    end.store(true, Ordering::Relaxed);
    for long in long {
        assert_eq!(long.await.expect("no panic"), Ok(()));
    }
}
