//! The streams that a connection has open, and how many it has had room for.
//!
//! The transport keeps its tables of streams as large as they ever were. So a
//! connection has a place for each stream before it begins, and keeps the places.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use futures_util::task::AtomicWaker;

use super::abandoned_calls::AbandonedCalls;
use crate::memory::{INCLUDED_STREAMS, StreamPlaces};

/// As many streams hold what a head of the longest that the transport takes does: in
/// memory it is four times as long, if its headers are short.
const PLACES_OF_HEADERS: usize = 64;

/// The streams of one connection.
#[derive(Clone, Debug)]
pub(super) struct Streams(Arc<ConnectionStreams>);

#[derive(Debug)]
struct ConnectionStreams {
    /// The transport takes no more.
    most: usize,
    /// Their heads were passed on to the transport, and it has made no calls of
    /// them yet.
    coming: AtomicUsize,
    open: AtomicUsize,
    places: AtomicUsize,
    more: Mutex<StreamPlaces>,
    has_ended: AtomicWaker,
    abandoned: AbandonedCalls,
}

/// A stream that is open until this is dropped.
#[derive(Debug)]
pub(super) struct OpenStream {
    among: Streams,
    is_answered: bool,
}

impl Streams {
    /// Of a connection that may have `most` open, and takes what it needs of `more`.
    /// Those that its client resets are `abandoned`.
    pub(super) fn new(most: u32, more: StreamPlaces, abandoned: AbandonedCalls) -> Self {
        Self(Arc::new(ConnectionStreams {
            most: most as usize,
            coming: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            places: AtomicUsize::new(INCLUDED_STREAMS),
            more: Mutex::new(more),
            has_ended: AtomicWaker::new(),
            abandoned,
        }))
    }

    /// The heads that were passed on have become calls, or never will.
    pub(super) fn have_come(&self) {
        self.0.coming.store(0, Ordering::Relaxed);
    }

    /// A call begins on a stream whose head was passed on.
    pub(super) fn begin(&self) -> OpenStream {
        let one_less = |coming: usize| coming.checked_sub(1);
        self.0.coming.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).ok();
        self.open(false)
    }

    /// A stream stays open whose call is over.
    pub(super) fn stay(&self) -> OpenStream {
        self.open(true)
    }

    fn open(&self, is_answered: bool) -> OpenStream {
        self.0.open.fetch_add(1, Ordering::Relaxed);
        OpenStream { among: self.clone(), is_answered }
    }

    /// Ready when there is a place for one more, whose head is passed on then.
    pub(super) fn poll_place(&self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.has_place() {
            self.0.has_ended.register(cx.waker());
            if !self.has_place() && self.poll_more(cx).is_pending() {
                return Poll::Pending;
            }
        }
        self.0.coming.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(())
    }

    /// Ready when there are so many places that the connection holds as much for them
    /// as headers in parts take which do not end. The transport reads them as they
    /// come, and keeps them with those of no other call.
    pub(super) fn poll_headers_in_parts(&self, cx: &mut Context<'_>) -> Poll<()> {
        while self.0.places.load(Ordering::Relaxed) < PLACES_OF_HEADERS {
            ready!(self.poll_more(cx));
        }
        Poll::Ready(())
    }

    fn has_place(&self) -> bool {
        let taken = self.0.coming.load(Ordering::Relaxed) + self.0.open.load(Ordering::Relaxed);
        let places = self.0.places.load(Ordering::Relaxed);
        taken < places || places >= self.0.most
    }

    /// Twice as many, as the tables grow.
    fn poll_more(&self, cx: &mut Context<'_>) -> Poll<()> {
        let places = self.0.places.load(Ordering::Relaxed);
        // No panic can leave them half changed.
        let mut more = self.0.more.lock().unwrap_or_else(PoisonError::into_inner);
        more.poll_grow(cx, places).map(|()| self.0.places.store(2 * places, Ordering::Relaxed))
    }
}

impl OpenStream {
    /// Its call has got all of its answer.
    pub(super) fn is_answered(&mut self) {
        self.is_answered = true;
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let Streams(connection) = &self.among;
        connection.open.fetch_sub(1, Ordering::Relaxed);
        connection.has_ended.wake();
        if !self.is_answered {
            connection.abandoned.count();
        }
    }
}
