//! The part of the budget for streams: what the transport keeps of as many as a
//! connection ever had open at once. It lasts as long as the connection, so where
//! there is no room a connection has to go.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::{Budget, Taken};
use crate::eviction::Candidate;
use crate::log_limit::limited;
use crate::tenant::Tenant;

/// Streams whose memory is in [`super::CONNECTION_BYTES`].
pub(crate) const INCLUDED_STREAMS: usize = 8;
/// What the transport keeps of a stream: its state, and a few frames on their way
/// in and out.
const STREAM_BYTES: usize = 1536;
/// The part of the budget that streams can take: one of so many.
const STREAMS_PART: usize = 10;

/// The most that streams take of a budget of `total` bytes.
pub(crate) fn streams_part(total: usize) -> usize {
    total / STREAMS_PART
}

/// The streams of all connections.
#[derive(Clone, Debug)]
pub(crate) struct StreamMemory(Arc<OfAll>);

#[derive(Debug)]
struct OfAll {
    budget: Budget,
    connections: Mutex<Connections>,
}

#[derive(Debug, Default)]
struct Connections {
    next_number: u64,
    /// Those that hold something.
    holding: BTreeMap<u64, Holding>,
    held: usize,
    /// What those hold of it that were told to go.
    held_by_leaving: usize,
    /// Those that want more.
    waiting: BTreeMap<u64, Waker>,
}

#[derive(Debug)]
struct Holding {
    bytes: usize,
    connection: Arc<Candidate>,
    is_leaving: bool,
}

/// What one connection holds, until this is dropped.
#[derive(Debug)]
pub(crate) struct StreamPlaces {
    among: StreamMemory,
    number: u64,
    connection: Arc<Candidate>,
    taken: Vec<Taken>,
}

impl StreamMemory {
    /// They take their part of `budget`.
    pub(crate) fn new(budget: Budget) -> Self {
        Self(Arc::new(OfAll { budget, connections: Mutex::default() }))
    }

    /// For this `connection`, which has no more than are included yet.
    pub(crate) fn of_connection(&self, connection: Arc<Candidate>) -> StreamPlaces {
        let mut connections = self.connections();
        connections.next_number += 1;
        let number = connections.next_number;
        drop(connections);
        StreamPlaces { among: self.clone(), number, connection, taken: Vec::new() }
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.0.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StreamPlaces {
    /// Takes as much more as `places` streams need, if there is room. If not, the
    /// connections that have least reason to stay are told to go, which may be this
    /// one, and the task of `cx` is woken when one has gone.
    pub(crate) fn poll_grow(&mut self, cx: &mut Context<'_>, places: usize) -> Poll<()> {
        let bytes = places.saturating_mul(STREAM_BYTES);
        let size = streams_part(self.among.0.budget.total());
        let mut connections = self.among.connections();
        let has_room = connections.held.saturating_add(bytes) <= size;
        if has_room {
            connections.waiting.remove(&self.number);
            connections.hold(self.number, &self.connection, bytes);
            drop(connections);
            self.taken.push(self.among.0.budget.take(bytes));
            return Poll::Ready(());
        }
        connections.waiting.insert(self.number, cx.waker().clone());
        // It is among those that may have to go, with what it asks for.
        connections.hold(self.number, &self.connection, bytes);
        connections.make_room(size);
        connections.hold_less(self.number, bytes);
        Poll::Pending
    }
}

impl Drop for StreamPlaces {
    fn drop(&mut self) {
        self.taken.clear();
        let mut connections = self.among.connections();
        connections.waiting.remove(&self.number);
        if let Some(Holding { bytes, .. }) = connections.holding.get(&self.number) {
            let bytes = *bytes;
            connections.hold_less(self.number, bytes);
        }
        let waiting = std::mem::take(&mut connections.waiting);
        drop(connections);
        waiting.into_values().for_each(Waker::wake);
    }
}

impl Connections {
    fn hold(&mut self, number: u64, connection: &Arc<Candidate>, bytes: usize) {
        let new = || Holding { bytes: 0, connection: Arc::clone(connection), is_leaving: false };
        let holding = self.holding.entry(number).or_insert_with(new);
        holding.bytes += bytes;
        self.held += bytes;
        if holding.is_leaving {
            self.held_by_leaving += bytes;
        }
    }

    fn hold_less(&mut self, number: u64, bytes: usize) {
        let Some(holding) = self.holding.get_mut(&number) else { return };
        holding.bytes -= bytes;
        self.held -= bytes;
        if holding.is_leaving {
            self.held_by_leaving -= bytes;
        }
        if holding.bytes == 0 {
            self.holding.remove(&number);
        }
    }

    /// Has connections go until the rest holds no more than `size`.
    fn make_room(&mut self, size: usize) {
        while self.held - self.held_by_leaving > size {
            let Some(holding) = self.next_to_go().and_then(|n| self.holding.get_mut(&n)) else {
                return;
            };
            holding.is_leaving = true;
            self.held_by_leaving += holding.bytes;
            holding.connection.evict();
            limited!(WARN, "closed one with many streams for others: there is no memory for more");
        }
    }

    /// First come those that were never admitted, then those of the tenant that holds
    /// most; and of either the largest one, the youngest of equal ones.
    fn next_to_go(&self) -> Option<u64> {
        let mut of_tenants: HashMap<&Tenant, usize> = HashMap::new();
        let staying = || self.holding.iter().filter(|(_, holding)| !holding.is_leaving);
        for (_, holding) in staying() {
            if let Some(tenant) = holding.connection.tenant() {
                *of_tenants.entry(tenant).or_default() += holding.bytes;
            }
        }
        let reason_to_stay = |holding: &Holding| {
            let tenant = holding.connection.tenant();
            let of_tenant = tenant.and_then(|tenant| of_tenants.get(tenant)).copied();
            (tenant.is_some(), Reverse(of_tenant), Reverse(holding.bytes))
        };
        let least = staying().min_by_key(|(number, holding)| {
            let number: u64 = **number;
            (reason_to_stay(holding), Reverse(number))
        });
        least.map(|(number, _)| *number)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use futures_util::FutureExt as _;
    use mfn_access::KeyId;

    use super::*;
    use crate::eviction::Candidates;

    /// Room for 16 times the first growth.
    const TOTAL: usize = 16 * INCLUDED_STREAMS * STREAM_BYTES * STREAMS_PART;

    struct Connection {
        candidate: Arc<Candidate>,
        places: StreamPlaces,
        count: usize,
    }

    impl Connection {
        fn of(streams: &StreamMemory, key: Option<&str>) -> Self {
            let candidate = Arc::new(Candidates::default().enter());
            if let Some(key) = key {
                candidate.makes_admitted_call(|| Tenant::Key(KeyId::new(key).expect("an id")));
            }
            let places = streams.of_connection(Arc::clone(&candidate));
            Self { candidate, places, count: INCLUDED_STREAMS }
        }

        /// Doubles so often. Returns whether there was room.
        fn grow(&mut self, times: usize) -> bool {
            let mut cx = Context::from_waker(Waker::noop());
            (0..times).all(|_| {
                let has_room = self.places.poll_grow(&mut cx, self.count).is_ready();
                self.count *= if has_room { 2 } else { 1 };
                has_room
            })
        }

        fn is_to_go(&self) -> bool {
            self.candidate.evicted().now_or_never().is_some()
        }
    }

    #[test]
    fn the_largest_connection_that_was_never_admitted_makes_room() {
        let streams = StreamMemory::new(Budget::new(TOTAL));
        let [mut large, mut small, mut late] = [(); 3].map(|()| Connection::of(&streams, None));
        let mut admitted = Connection::of(&streams, Some("a"));
        // 7, 7, 1 and 1 of 16 are taken.
        assert!(admitted.grow(3) && large.grow(3) && small.grow(1) && late.grow(1));
        assert!(!late.grow(1), "there is no room");
        assert!(large.is_to_go());
        // Nobody else is told before it has gone.
        assert!(!late.grow(1) && !small.grow(1));
        drop(large);
        assert!(late.grow(1) && small.grow(1));
        assert!(!small.is_to_go() && !late.is_to_go() && !admitted.is_to_go());
    }

    #[test]
    fn who_is_the_largest_itself_makes_room() {
        let streams = StreamMemory::new(Budget::new(TOTAL));
        let [mut one, mut other] = [(); 2].map(|()| Connection::of(&streams, None));
        assert!(one.grow(3) && other.grow(3));
        assert!(!other.grow(1));
        assert!(other.is_to_go() && !one.is_to_go());
    }

    #[test]
    fn who_was_never_admitted_makes_no_room_among_those_who_were() {
        let streams = StreamMemory::new(Budget::new(TOTAL));
        let mut admitted = Connection::of(&streams, Some("a"));
        assert!(admitted.grow(4));
        let mut other = Connection::of(&streams, None);
        assert!(other.grow(1));
        assert!(!other.grow(1));
        assert!(other.is_to_go() && !admitted.is_to_go());
    }

    #[test]
    fn the_key_that_holds_most_makes_room_for_others() {
        let streams = StreamMemory::new(Budget::new(TOTAL));
        let mut of_a: Vec<_> = (0..4).map(|_| Connection::of(&streams, Some("a"))).collect();
        for connection in &mut of_a {
            assert!(connection.grow(2));
        }
        let mut of_b = Connection::of(&streams, Some("b"));
        assert!(of_b.grow(2));
        assert!(!of_b.grow(1));
        assert!(!of_b.is_to_go());
        let to_go = of_a.iter().filter(|connection| connection.is_to_go()).count();
        assert_eq!(to_go, 1);
    }

    #[test]
    fn what_a_connection_held_is_given_back_with_it() {
        let budget = Budget::new(TOTAL);
        let streams = StreamMemory::new(budget.clone());
        let standing = || budget.0.accounts().standing;
        let mut connection = Connection::of(&streams, None);
        assert!(connection.grow(3));
        assert_eq!(standing(), 7 * INCLUDED_STREAMS * STREAM_BYTES);
        drop(connection);
        assert_eq!(standing(), 0);
        assert_eq!(streams.connections().held, 0);
        assert!(streams.connections().holding.is_empty());
    }
}
