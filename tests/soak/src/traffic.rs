//! Calls that begin when they are due, whether those before have ended or not.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use soak::server::Server;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until, timeout};

use crate::call::{Planned, Pool, Seen};
use crate::ledger::{Ledger, PARTS};

/// Connections of HTTP/2 that most calls by gRPC share.
const CONNECTIONS: usize = 4;
/// Calls under way at the most, so that a machine that stands still is not drowned.
const MOST_UNDER_WAY: usize = 2000;
/// No call takes as long: one that does hangs.
const HANGS_AFTER: Duration = Duration::from_mins(3);

/// The callers of one server.
#[derive(Debug)]
pub(crate) struct Traffic {
    server: Arc<Server>,
    pool: Arc<Pool>,
    ledger: Arc<Mutex<Ledger>>,
    under_way: Arc<Semaphore>,
}

impl Traffic {
    pub(crate) fn new(server: &Arc<Server>) -> Self {
        Self {
            server: Arc::clone(server),
            pool: Arc::new(Pool::new(CONNECTIONS)),
            ledger: Arc::new(Mutex::new(Ledger::new())),
            under_way: Arc::new(Semaphore::new(MOST_UNDER_WAY)),
        }
    }

    /// Looks at, or changes, what was seen so far.
    pub(crate) fn with_ledger<T>(&self, look: impl FnOnce(&mut Ledger) -> T) -> T {
        look(&mut self.ledger.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Calls `rate` times a second for this long, and waits until all calls have ended and all
    /// connections are closed.
    pub(crate) async fn run(&self, rate: f64, duration: Duration, mut chance: Rng) {
        let start = Instant::now();
        let mut made = 0_u64;
        loop {
            let due = Duration::from_secs_f64(made as f64 / rate);
            if due >= duration {
                break;
            }
            sleep_until(start + due).await;
            let part = (due.as_secs_f64() / duration.as_secs_f64() * PARTS as f64) as usize;
            self.with_ledger(|ledger| ledger.due += 1);
            self.begin(Planned::new(&mut chance), start + due, part);
            made += 1;
        }
        let all = u32::try_from(MOST_UNDER_WAY).unwrap_or(u32::MAX);
        drop(self.under_way.acquire_many(all).await);
        self.pool.close().await;
    }

    /// Has a call made that was due just now.
    fn begin(&self, planned: Planned, due: Instant, part: usize) {
        let Ok(permit) = Arc::clone(&self.under_way).try_acquire_owned() else {
            self.with_ledger(|ledger| ledger.not_made += 1);
            return;
        };
        let (server, pool) = (Arc::clone(&self.server), Arc::clone(&self.pool));
        let ledger = Arc::clone(&self.ledger);
        tokio::spawn(async move {
            let kind = planned.kind;
            let seen = timeout(HANGS_AFTER, planned.call(&server, &pool)).await;
            let seen = seen.unwrap_or_else(|_| Seen {
                protocol: "none",
                code: Some(-1),
                fault: Some(format!("no end came within {HANGS_AFTER:?}")),
                answer: None,
            });
            let mut ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
            ledger.note(kind, part, due.elapsed(), seen);
            drop(permit);
        });
    }
}
