//! Streams of frames: computed ahead of their reader, a little; set aside while
//! the reader is behind, so that no thread waits for a network.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::sync::mpsc;
use tokio_stream::Stream;

use super::caller::{Caller, CallerGone};
use super::pool::{Pool, QueueFull, Ticket};
use crate::demand::Demand;
use crate::error::Error;
use crate::layers::limits::Permit;
use crate::memory::Reservation;

/// The next frame of a stream, or none after the last.
pub(super) type NextFrame<T> = Box<dyn FnMut(&dyn Caller) -> Result<Option<T>, CallerGone> + Send>;

/// Frames from the pool.
pub(super) struct Frames<T> {
    pool: Arc<Pool>,
    demand: Demand,
    permit: Permit,
    ready: mpsc::Receiver<Result<T, Error>>,
    aside: Aside<T>,
    /// Of the production, while it waits for a thread.
    ticket: Option<Ticket>,
}

/// Where a production is while its reader is behind.
type Aside<T> = Arc<Mutex<Option<Production<T>>>>;

impl<T: Send + 'static> Frames<T> {
    /// Has `next` called until there are `ahead` frames that are not read yet,
    /// and again as they are read.
    pub(super) fn start(
        pool: Arc<Pool>,
        demand: Demand,
        ahead: usize,
        next: NextFrame<T>,
        permit: Permit,
    ) -> Result<Self, QueueFull> {
        let (frames, ready) = mpsc::channel(ahead);
        let aside = Aside::default();
        let production = Production { permit: permit.clone(), next, frames };
        let (first_aside, call) = (Arc::clone(&aside), permit.clone());
        let first = Box::new(move |memory: Reservation| {
            // It is held while the stream is set aside as well.
            call.keep(Arc::new(memory));
            drop(call);
            production.run(&first_aside);
        });
        let ticket = pool.submit(permit.tenant(), demand, first)?;
        Ok(Self { pool, demand, permit, ready, aside, ticket: Some(ticket) })
    }

    /// Goes on with what was set aside, if anything was.
    fn resume(&mut self) {
        if let Some(production) = lock(&self.aside).take() {
            let aside = Arc::clone(&self.aside);
            let job = Box::new(move |_| production.run(&aside));
            let demand = Demand::of(self.demand.cost);
            self.ticket = Some(self.pool.resume(self.permit.tenant(), demand, job));
        }
    }
}

impl<T: Send + 'static> Stream for Frames<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.ready.poll_recv(cx);
        // Not for each frame: a thread should have several to compute at once.
        if next.is_ready() && self.ready.len() <= self.ready.max_capacity() / 2 {
            self.resume();
        }
        next
    }
}

/// A stream that is computed.
struct Production<T> {
    /// Given back before the channel is closed: who reads the end of the stream
    /// may call again at once.
    permit: Permit,
    next: NextFrame<T>,
    frames: mpsc::Sender<Result<T, Error>>,
}

impl<T: Send + 'static> Production<T> {
    /// Computes until the last frame, until the caller has gone, or until the
    /// caller is so far behind that this is set aside.
    fn run(mut self, aside: &Aside<T>) {
        loop {
            if self.frames.capacity() == 0 {
                match self.set_aside(aside) {
                    Some(production) => self = production,
                    None => return,
                }
            }
            // Nobody else sends, so there is a place unless the caller has gone.
            let Ok(place) = self.frames.try_reserve() else { return };
            match catch_unwind(AssertUnwindSafe(|| (self.next)(&self.frames))) {
                Ok(Ok(Some(frame))) => place.send(Ok(frame)),
                Ok(Ok(None) | Err(CallerGone)) => return,
                // Or else the stream would end as if it were complete.
                Err(_panic) => {
                    drop(self.permit);
                    return place.send(Err(Error::Internal));
                }
            }
        }
    }

    /// Leaves this to be found by the reader; gives it back if the reader has
    /// caught up meanwhile, and so would not look.
    fn set_aside(self, aside: &Aside<T>) -> Option<Self> {
        let mut place = lock(aside);
        if self.frames.capacity() > 0 {
            return Some(self);
        }
        *place = Some(self);
        None
    }
}

/// It is only ever filled or emptied as a whole.
fn lock<T>(aside: &Aside<T>) -> MutexGuard<'_, Option<Production<T>>> {
    aside.lock().unwrap_or_else(PoisonError::into_inner)
}
