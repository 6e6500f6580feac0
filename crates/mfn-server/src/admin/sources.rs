//! Where what is told is read, at the moment when somebody asks for it.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::audit::WeakAudit;
use crate::cache::AnswerCache;
use crate::compute::Compute;
use crate::connection::Handshakes;
use crate::memory::Budget;
use crate::metrics::Metrics;
use crate::readiness::State;
use crate::shared_limits::SharedLimiter;
use crate::tls::Tls;

/// See the module.
#[derive(Debug)]
pub(crate) struct Sources {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) state: watch::Receiver<State>,
    /// Those that are open, and how many may be.
    pub(crate) connections: TaskTracker,
    pub(crate) max_connections: usize,
    pub(crate) handshakes: Handshakes,
    /// None without TLS.
    pub(crate) tls: Option<Tls>,
    pub(crate) compute: Compute,
    pub(crate) memory: Budget,
    /// None if it is off.
    pub(crate) cache: Option<AnswerCache>,
    /// None if it is off.
    pub(crate) audit: Option<WeakAudit>,
    /// None if limits are the server's own.
    pub(crate) shared_limiter: Option<Arc<SharedLimiter>>,
}
