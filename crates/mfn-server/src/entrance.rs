//! The places of open connections, and the wait for one that is being given up.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::eviction::{Candidate, Candidates};
use crate::log_limit::limited;
use crate::metrics::ConnectionCounts;

/// How long to wait for the place of a connection that has been told to close. It
/// closes as soon as its thread looks at it.
const EVICTION: Duration = Duration::from_secs(1);
/// Most that wait for a place at once. Each takes a file descriptor.
const MAX_WAITING: usize = 64;

/// Lets in newcomers, which are streams, or stand for them in a test.
pub(crate) struct Entrance<T> {
    max_connections: usize,
    places: Arc<Semaphore>,
    candidates: Candidates,
    waiting: JoinSet<(T, Option<OwnedSemaphorePermit>)>,
    counts: Arc<ConnectionCounts>,
}

impl<T: Send + 'static> Entrance<T> {
    /// To `max_connections` places. Who gets none is counted.
    pub(crate) fn new(max_connections: usize, counts: Arc<ConnectionCounts>) -> Self {
        let places = Arc::new(Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS)));
        let (candidates, waiting) = Default::default();
        Self { max_connections, places, candidates, waiting, counts }
    }

    /// Returns `newcomer` with a place, if one is free. Otherwise it waits for that
    /// of another which is closed for it, and nobody else waits with it. If there is
    /// none it is closed at once: a caller who is told can go elsewhere.
    pub(crate) fn enter(&mut self, newcomer: T) -> Option<(T, OwnedSemaphorePermit)> {
        if let Some(place) = self.free_place() {
            return Some((newcomer, place));
        }
        if self.waiting.len() >= MAX_WAITING || !self.candidates.evict_one() {
            self.tell_of_too_many();
            return None;
        }
        self.counts.evict();
        let max_connections = self.max_connections;
        limited!(
            WARN,
            "closed one without admitted calls for another: as many connections are open as may",
            max_connections
        );
        let place = timeout(EVICTION, Arc::clone(&self.places).acquire_owned());
        self.waiting.spawn(async move { (newcomer, place.await.ok().and_then(Result::ok)) });
        None
    }

    /// The next of those that wait which has a place. Waits for ever if none does.
    pub(crate) async fn entered(&mut self) -> (T, OwnedSemaphorePermit) {
        while let Some(waited) = self.waiting.join_next().await {
            match waited {
                Ok((newcomer, Some(place))) => return (newcomer, place),
                Ok((_, None)) | Err(_) => self.tell_of_too_many(),
            }
        }
        pending().await
    }

    /// Returns `newcomer` with a place, if one is free and nobody need be closed.
    pub(crate) fn enter_if_free(&self, newcomer: T) -> Option<(T, OwnedSemaphorePermit)> {
        let place = self.free_place();
        if place.is_none() {
            self.tell_of_too_many();
        }
        Some((newcomer, place?))
    }

    /// A connection that has a place, and may be closed for another.
    pub(crate) fn candidate(&self) -> Candidate {
        self.candidates.enter()
    }

    fn free_place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    fn tell_of_too_many(&self) {
        self.counts.refuse();
        let max_connections = self.max_connections;
        limited!(WARN, "closed at once: as many connections are open as may", max_connections);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_place_keeps_nobody_else_waiting() {
        let mut entrance = Entrance::new(2, Arc::default());
        let busy = entrance.enter("busy").expect("a place");
        let _candidates = [entrance.candidate(), entrance.candidate()];
        let leaves = entrance.enter("leaves").expect("a place");
        let start = Instant::now();
        assert!(entrance.enter("waits").is_none());
        assert!(entrance.entered().now_or_never().is_none());
        // It is not the first one's place that becomes free.
        assert!(entrance.enter("waits too").is_none());
        drop(leaves);
        let (first, place) = entrance.entered().await;
        assert_eq!((first, start.elapsed()), ("waits", Duration::ZERO));
        // The thread of the other place looks at nothing.
        let late = timeout(2 * EVICTION, entrance.entered()).await;
        assert!(late.is_err(), "there was no place");
        drop((busy, place));
        assert!(entrance.enter("comes later").is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn few_wait_and_who_waits_in_vain_makes_room() {
        let mut entrance = Entrance::new(1, Arc::default());
        let _busy = entrance.enter(0).expect("a place");
        let candidates: Vec<_> = (0..=MAX_WAITING).map(|_| entrance.candidate()).collect();
        for newcomer in 0..=MAX_WAITING {
            assert!(entrance.enter(newcomer).is_none());
        }
        assert_eq!(entrance.waiting.len(), MAX_WAITING);
        let late = timeout(2 * EVICTION, entrance.entered()).await;
        assert!(late.is_err(), "there was no place");
        assert_eq!(entrance.waiting.len(), 0);
        drop(candidates);
    }
}
