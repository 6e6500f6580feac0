//! Where a call comes from.

use std::net::SocketAddr;
use std::sync::Arc;

use http::{Extensions, Request};

use crate::error::Error;
use crate::eviction::Candidate;
use crate::free_calls::ConnectionFreeCalls;
#[cfg(feature = "web")]
use crate::free_calls::UnchargedAnswer;

/// The connection of a call. All of it goes with the call as one, so that a call
/// allocates for it once.
#[derive(Clone, Debug)]
pub(crate) struct Origin(Arc<Connection>);

#[derive(Debug)]
struct Connection {
    peer: SocketAddr,
    /// For the audit, which would otherwise make it of each call's.
    peer_text: Arc<str>,
    free_calls: ConnectionFreeCalls,
    candidate: Arc<Candidate>,
}

impl Origin {
    /// That of calls of `peer`, on a connection that may have these `free_calls` and is
    /// this `candidate` for being closed.
    pub(crate) fn new(
        peer: SocketAddr,
        free_calls: ConnectionFreeCalls,
        candidate: Arc<Candidate>,
    ) -> Self {
        let peer_text = peer.to_string().into();
        Self(Arc::new(Connection { peer, peer_text, free_calls, candidate }))
    }

    /// Goes with a call from here.
    pub(crate) fn accompany<B>(&self, call: &mut Request<B>) {
        call.extensions_mut().insert(self.clone());
    }

    /// That of the call of these extensions. Tests may have calls without one.
    pub(crate) fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// Who is at the other end.
    pub(crate) fn peer(&self) -> SocketAddr {
        self.0.peer
    }

    /// The same as text.
    pub(crate) fn peer_text(&self) -> Arc<str> {
        Arc::clone(&self.0.peer_text)
    }

    /// The connection, as one that may be closed.
    pub(crate) fn candidate(&self) -> &Arc<Candidate> {
        &self.0.candidate
    }

    /// An answer begins that nobody is charged for.
    #[cfg(feature = "web")]
    pub(crate) fn answer(&self) -> UnchargedAnswer {
        self.0.free_calls.answer()
    }

    /// What the call of these extensions may hold if nobody is charged for it. Any may
    /// be such a one, until it is admitted.
    ///
    /// # Errors
    /// It has no origin, by a fault of this program. Such a call has no bounds, so it
    /// has no answer either.
    pub(crate) fn free_calls(extensions: &Extensions) -> Result<ConnectionFreeCalls, Error> {
        Self::of(extensions).map(|origin| origin.0.free_calls.clone()).ok_or(Error::Internal)
    }
}
