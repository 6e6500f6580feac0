//! Where computations run: small ones where they are asked for, the rest away
//! from the network's threads. Each stops soon after its caller has gone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use mfn_core::Simulation;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;

use crate::cost::Cost;
use crate::error::Error;

/// Frames that are computed ahead of a slow reader. A frame may hold a whole
/// field of 8 MiB.
const FRAMES_AHEAD: usize = 2;

/// The frames of a call, each as it is computed.
pub(crate) type FrameStream<T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>;

/// The caller has gone: nobody wants the rest of the computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallerGone;

/// Who waits for a computation.
pub(crate) trait Caller {
    /// To be asked between pieces of work of at most about a millisecond.
    ///
    /// # Errors
    /// The computation is to stop.
    fn wants_more(&self) -> Result<(), CallerGone>;
}

/// Who waits for a computation's frames.
pub(crate) trait FrameCaller<T>: Caller {
    /// Hands over a frame; waits while the caller is behind.
    ///
    /// # Errors
    /// The computation is to stop.
    fn send(&mut self, frame: T) -> Result<(), CallerGone>;
}

/// Steps until `step` steps are made, as long as the caller is there.
pub(crate) fn advance(
    simulation: &mut Simulation,
    step: u32,
    caller: &dyn Caller,
) -> Result<(), CallerGone> {
    while simulation.steps_done() < step && !simulation.is_finished() {
        caller.wants_more()?;
        simulation.step();
    }
    Ok(())
}

/// Runs computations.
#[derive(Clone, Debug)]
pub(crate) struct Compute {
    /// Whose blocking threads take what is not small.
    runtime: Handle,
}

impl Compute {
    pub(crate) fn new(runtime: Handle) -> Self {
        Self { runtime }
    }

    /// What `job` computes.
    ///
    /// # Errors
    /// [`Error::Internal`] if `job` panics.
    pub(crate) async fn answer<T, J>(&self, cost: Cost, job: J) -> Result<T, Error>
    where
        T: Send + 'static,
        J: FnOnce(&dyn Caller) -> Result<T, CallerGone> + Send + 'static,
    {
        if cost.is_small() {
            return here(job);
        }
        // Whoever waits here has not gone, so only a panic leaves no answer.
        self.start(job).await.map_err(|_| Error::Internal)
    }

    /// What each of `jobs` computes, in their order. They run side by side
    /// where threads are free, unless they are small even together.
    ///
    /// # Errors
    /// [`Error::Internal`] if one of them panics; the others then stop soon.
    pub(crate) async fn answers<T, J, const N: usize>(
        &self,
        cost_of_all: Cost,
        jobs: [J; N],
    ) -> Result<[T; N], Error>
    where
        T: Send + 'static,
        J: FnOnce(&dyn Caller) -> Result<T, CallerGone> + Send + 'static,
    {
        let mut values = Vec::with_capacity(N);
        if cost_of_all.is_small() {
            for job in jobs {
                values.push(here(job)?);
            }
        } else {
            // All are under way before the first is waited for.
            for answer in jobs.map(|job| self.start(job)) {
                values.push(answer.await.map_err(|_| Error::Internal)?);
            }
        }
        values.try_into().map_err(|_| Error::Internal)
    }

    /// Puts `job` on a thread of its own, to stop when the receiver is dropped.
    fn start<T, J>(&self, job: J) -> oneshot::Receiver<T>
    where
        T: Send + 'static,
        J: FnOnce(&dyn Caller) -> Result<T, CallerGone> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        self.runtime.spawn_blocking(move || {
            // Some callers have gone before a thread is free.
            if let Ok(value) = caller.wants_more().and_then(|()| job(&caller)) {
                // And some have by now, and do not miss it.
                caller.send(value).ok();
            }
        });
        answer
    }

    /// The frames that `job` computes, as it does, and [`Error::Internal`]
    /// after the last one if it panics.
    pub(crate) fn frames<T, J>(&self, cost: Cost, job: J) -> FrameStream<T>
    where
        T: Send + 'static,
        J: FnOnce(&mut dyn FrameCaller<T>) -> Result<(), CallerGone> + Send + 'static,
    {
        if cost.is_small() {
            let mut frames = Vec::new();
            if catch_unwind(AssertUnwindSafe(|| job(&mut frames))).is_err() {
                frames.push(Err(Error::Internal));
            }
            return Box::pin(tokio_stream::iter(frames));
        }
        let (mut caller, frames) = mpsc::channel(FRAMES_AHEAD);
        self.runtime.spawn_blocking(move || {
            let wanted = caller.wants_more();
            let work = || wanted.and_then(|()| job(&mut caller));
            if catch_unwind(AssertUnwindSafe(work)).is_err() {
                // Or else the stream would end as if it were complete.
                caller.blocking_send(Err(Error::Internal)).ok();
            }
        });
        Box::pin(ReceiverStream::new(frames))
    }
}

/// What `job` computes on this thread.
fn here<T>(job: impl FnOnce(&dyn Caller) -> Result<T, CallerGone>) -> Result<T, Error> {
    let outcome = catch_unwind(AssertUnwindSafe(|| job(&StillHere)));
    outcome.ok().and_then(Result::ok).ok_or(Error::Internal)
}

/// A caller who cannot go, since the computation runs in its own thread.
struct StillHere;

impl Caller for StillHere {
    fn wants_more(&self) -> Result<(), CallerGone> {
        Ok(())
    }
}

impl<T> Caller for oneshot::Sender<T> {
    fn wants_more(&self) -> Result<(), CallerGone> {
        if self.is_closed() { Err(CallerGone) } else { Ok(()) }
    }
}

impl<T> Caller for mpsc::Sender<Result<T, Error>> {
    fn wants_more(&self) -> Result<(), CallerGone> {
        if self.is_closed() { Err(CallerGone) } else { Ok(()) }
    }
}

impl<T> FrameCaller<T> for mpsc::Sender<Result<T, Error>> {
    fn send(&mut self, frame: T) -> Result<(), CallerGone> {
        self.blocking_send(Ok(frame)).map_err(|_| CallerGone)
    }
}

impl<T> Caller for Vec<Result<T, Error>> {
    fn wants_more(&self) -> Result<(), CallerGone> {
        Ok(())
    }
}

impl<T> FrameCaller<T> for Vec<Result<T, Error>> {
    fn send(&mut self, frame: T) -> Result<(), CallerGone> {
        self.push(Ok(frame));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Barrier};

    use tokio_stream::StreamExt as _;

    use super::*;

    const SMALL: Cost = Cost::SMALL;
    const LARGE: Cost = Cost::LARGEST;

    fn compute() -> Compute {
        Compute::new(Handle::current())
    }

    /// Asks on and on whether the caller is there, and tells in the end whether
    /// it has learnt that it is not.
    fn patient(
        stopped: oneshot::Sender<bool>,
    ) -> impl FnOnce(&dyn Caller) -> Result<(), CallerGone> {
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
            let count =
                |frames: &mut dyn FrameCaller<u32>| (0..10).try_for_each(|n| frames.send(n));
            let frames: Vec<_> = compute().frames(cost, count).collect().await;
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
        let mut frames = compute().frames(LARGE, |frames: &mut dyn FrameCaller<u32>| {
            frames.send(1)?;
            patient(stopped)(frames)
        });
        assert_eq!(frames.next().await, Some(Ok(1)));
        drop(frames);
        assert_eq!(stops.await, Ok(true));
    }

    #[tokio::test]
    async fn a_stream_waits_for_a_slow_reader_and_stops_when_it_leaves() {
        let (stopped, stops) = oneshot::channel();
        let mut frames = compute().frames(LARGE, |frames: &mut dyn FrameCaller<u32>| {
            let sent = (0..1000).take_while(|&n| frames.send(n).is_ok()).count();
            stopped.send(sent).ok();
            Err(CallerGone)
        });
        assert_eq!(frames.next().await, Some(Ok(0)));
        drop(frames);
        let sent = stops.await.expect("the computation says how far it came");
        assert!(sent <= 1 + FRAMES_AHEAD, "{sent} frames for a reader of one");
    }

    // shows MFN-ERR-007
    #[tokio::test]
    async fn a_panic_is_an_error_of_its_call_alone() {
        for cost in [SMALL, LARGE] {
            let broken = |_: &dyn Caller| -> Result<u32, _> { panic!("of the test") };
            assert_eq!(compute().answer(cost, broken).await, Err(Error::Internal));
            let frames = compute().frames(cost, |frames: &mut dyn FrameCaller<u32>| {
                frames.send(1)?;
                panic!("of the test")
            });
            let frames: Vec<_> = frames.collect().await;
            assert_eq!(frames, [Ok(1), Err(Error::Internal)]);
        }
    }
}
