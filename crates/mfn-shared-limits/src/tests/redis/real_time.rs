//! Three servers at once, in real time, by the store's own clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use mfn_access::SharedLimits as _;
use mfn_access::shared::Verdict;

use super::server::RedisServer;
use crate::StoreLimits;
use crate::command::LEASE;
use crate::tests::model::{call, signed};

const RPS: u32 = 150;
const CONCURRENT: u32 = 7;
const SECOND: u64 = 1_000_000;
/// So many that the limit was reached, whatever the speed.
const ENOUGH: u32 = 3 * RPS;

/// What all callers have seen.
#[derive(Default)]
struct Seen {
    admitted: AtomicU32,
    refused_for_rate: AtomicU32,
    open: AtomicU32,
    most_open: AtomicU32,
}

/// Calls until enough were admitted and some refused, and keeps each call open for a little.
/// Returns the longest time that a call was open.
async fn load(limits: Arc<StoreLimits>, seen: Arc<Seen>) -> Duration {
    let mut longest = Duration::ZERO;
    while seen.admitted.load(Ordering::SeqCst) < ENOUGH
        || seen.refused_for_rate.load(Ordering::SeqCst) == 0
    {
        let start = Instant::now();
        let verdict = limits.admit(call("lab", RPS, CONCURRENT)).await;
        if let Ok(Verdict::RateExceeded(_)) = verdict {
            seen.refused_for_rate.fetch_add(1, Ordering::SeqCst);
        }
        if let Ok(Verdict::Admitted(_)) = verdict {
            seen.admitted.fetch_add(1, Ordering::SeqCst);
            let open = seen.open.fetch_add(1, Ordering::SeqCst) + 1;
            seen.most_open.fetch_max(open, Ordering::SeqCst);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        if let Ok(Verdict::Admitted(permit)) = verdict {
            seen.open.fetch_sub(1, Ordering::SeqCst);
            drop(permit);
            longest = longest.max(start.elapsed());
        }
    }
    longest
}

// shows MFN-REPLICA-001, MFN-REPLICA-002
#[tokio::test]
async fn three_servers_at_once_keep_within_both_limits_by_the_store_s_clock() {
    let server = RedisServer::start();
    // The monitor tells what the script does.
    let monitor = server.monitor();
    let seen = Arc::<Seen>::default();
    let mut loads = Vec::new();
    for _ in 0..3 {
        let limits = Arc::new(server.limits().await);
        for _ in 0..8 {
            loads.push(tokio::spawn(load(Arc::clone(&limits), Arc::clone(&seen))));
        }
    }
    let mut longest = Duration::ZERO;
    for load in loads {
        longest = longest.max(load.await.expect("no panic"));
    }
    let times = monitor.pushed(seen.admitted.load(Ordering::SeqCst) as usize);
    assert!(times.is_sorted());
    let windows = times.windows(RPS as usize + 1);
    let shortest = windows.map(|calls| calls[RPS as usize] - calls[0]).min();
    assert!(shortest.is_some_and(|shortest| shortest >= SECOND), "{shortest:?}");
    // A server that has stood still for the time of a lease has more.
    let most = seen.most_open.load(Ordering::SeqCst);
    assert!(most <= CONCURRENT || longest >= LEASE, "{most} at once");
}

// shows MFN-REPLICA-003
#[tokio::test]
async fn a_signature_that_comes_to_three_servers_at_once_serves_once() {
    let server = RedisServer::start();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let later = now.expect("after 1970").as_micros() as u64 + 60 * SECOND;
    let servers = [server.limits().await, server.limits().await, server.limits().await];
    let mut rounds_served = 0;
    for number in 0..200 {
        let pending = servers.each_ref().map(|server| server.admit(signed(number, later)));
        let verdicts = futures_util::future::join_all(pending).await;
        let served = verdicts.iter().filter(|said| matches!(said, Ok(Verdict::Admitted(_))));
        // A store that has not answered in time may have admitted the call.
        match served.count() {
            1 => rounds_served += 1,
            0 => assert!(verdicts.iter().any(Result::is_err), "{verdicts:?}"),
            _ => panic!("{verdicts:?}"),
        }
    }
    assert!(rounds_served > 0);
}
