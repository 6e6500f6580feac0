//! The servers of a client, and whose turn it is.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::task::AbortHandle;
use tonic::transport::Channel;

use crate::health;
use crate::metadata::{SoundChannel, sound};

/// The servers, of which those are asked in turn that have not failed.
pub(crate) struct Endpoints {
    endpoints: Box<[Endpoint]>,
    turn: AtomicUsize,
}

/// One server.
pub(crate) struct Endpoint {
    /// As it was given.
    pub(crate) name: String,
    pub(crate) channel: SoundChannel,
    has_failed: AtomicBool,
    /// What asks it for its health while it has failed.
    asking: Mutex<Option<AbortHandle>>,
}

impl Endpoints {
    pub(crate) fn new(channels: impl IntoIterator<Item = (String, Channel)>) -> Self {
        let endpoints = channels.into_iter().map(|(name, channel)| Endpoint {
            name,
            channel: sound(channel),
            has_failed: AtomicBool::new(false),
            asking: Mutex::new(None),
        });
        Self { endpoints: endpoints.collect(), turn: AtomicUsize::new(0) }
    }

    pub(crate) fn len(&self) -> usize {
        self.endpoints.len()
    }

    /// The next one that has not failed; the next one at all if all have.
    pub(crate) fn next(&self) -> usize {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let serving: Vec<usize> = (0..self.endpoints.len())
            .filter(|&index| !self.endpoints[index].has_failed.load(Ordering::Relaxed))
            .collect();
        match serving.len() {
            0 => turn % self.endpoints.len(),
            count => serving[turn % count],
        }
    }

    pub(crate) fn at(&self, index: usize) -> &Endpoint {
        &self.endpoints[index]
    }

    /// Leaves a server that failed out of the turns until it says that it serves.
    pub(crate) fn leave_out(self: &Arc<Self>, index: usize) {
        // Where there is no other, nothing is gained by leaving it out.
        if self.endpoints.len() == 1 {
            return;
        }
        let endpoint = self.at(index);
        if endpoint.has_failed.swap(true, Ordering::Relaxed) {
            return;
        }
        let (channel, endpoints) = (endpoint.channel.clone(), Arc::downgrade(self));
        let asking = tokio::spawn(async move {
            health::serves(channel).await;
            if let Some(endpoints) = endpoints.upgrade() {
                endpoints.at(index).has_failed.store(false, Ordering::Relaxed);
            }
        });
        let mut slot = endpoint.asking.lock().unwrap_or_else(PoisonError::into_inner);
        *slot = Some(asking.abort_handle());
    }
}

/// Nobody is asked for a client that is gone.
impl Drop for Endpoint {
    fn drop(&mut self) {
        let asking = self.asking.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(asking) = asking.take() {
            asking.abort();
        }
    }
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.endpoints.iter().map(|endpoint| &endpoint.name)).finish()
    }
}
