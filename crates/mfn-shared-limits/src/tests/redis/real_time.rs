//! Three servers at once, in real time, by the store's own clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use mfn_access::SharedLimits as _;
use mfn_access::shared::Verdict;

use super::server::RedisServer;
use crate::StoreLimits;
use crate::tests::model::{call, signed};

const RPS: u32 = 150;
const CONCURRENT: u32 = 7;
const SECOND: u64 = 1_000_000;

/// Calls without end, and holds each place a little, until it is time.
async fn load(limits: Arc<StoreLimits>, open: Arc<AtomicU32>, end: Instant) -> (u32, u32) {
    let (mut admitted, mut most) = (0, 0);
    while Instant::now() < end {
        match limits.admit(call("lab", RPS, CONCURRENT)).await {
            Ok(Verdict::Admitted(permit)) => {
                admitted += 1;
                most = most.max(open.fetch_add(1, Ordering::SeqCst) + 1);
                tokio::time::sleep(Duration::from_millis(1)).await;
                open.fetch_sub(1, Ordering::SeqCst);
                drop(permit);
            }
            Ok(_) | Err(_) => tokio::task::yield_now().await,
        }
    }
    (admitted, most)
}

// shows MFN-REPLICA-001, MFN-REPLICA-002
#[tokio::test]
async fn three_servers_at_once_keep_within_both_limits_by_the_store_s_clock() {
    let server = RedisServer::start();
    // What is admitted is read from what the script does.
    let monitor = server.monitor();
    let open = Arc::<AtomicU32>::default();
    let end = Instant::now() + Duration::from_secs(3);
    let mut loads = Vec::new();
    for _ in 0..3 {
        let limits = Arc::new(server.limits().await);
        for _ in 0..8 {
            loads.push(tokio::spawn(load(Arc::clone(&limits), Arc::clone(&open), end)));
        }
    }
    let (mut admitted, mut most) = (0, 0);
    for load in loads {
        let (some, at_once) = load.await.expect("no panic");
        admitted += some;
        most = most.max(at_once);
    }
    let times = monitor.admissions(admitted as usize);
    assert!(times.is_sorted());
    let windows = times.windows(RPS as usize + 1);
    let shortest = windows.map(|calls| calls[RPS as usize] - calls[0]).min();
    // It was at its limit, or the test shows nothing.
    assert!(shortest.is_some_and(|shortest| shortest >= SECOND), "{shortest:?}");
    assert!(most <= CONCURRENT && most > CONCURRENT / 3, "{most} at once");
}

// shows MFN-REPLICA-003
#[tokio::test]
async fn a_signature_that_comes_to_three_servers_at_once_serves_once() {
    let server = RedisServer::start();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let later = now.expect("after 1970").as_micros() as u64 + 60 * SECOND;
    let servers = [server.limits().await, server.limits().await, server.limits().await];
    for number in 0..200 {
        let asked = servers.each_ref().map(|server| server.admit(signed(number, later)));
        let verdicts = futures_util::future::join_all(asked).await;
        let served = verdicts.iter().filter(|said| matches!(said, Ok(Verdict::Admitted(_))));
        assert_eq!(served.count(), 1, "{verdicts:?}");
    }
}
