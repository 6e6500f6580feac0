//! A store of shared limits that answers as it likes, in time that only the script moves.
//!
//! Whatever it sends, each call is told something within the time for it, and none is
//! admitted that the store has not admitted by an answer to that call; of an answer that
//! does not end little is taken; and no task or connection is left of those that were
//! given up.

use std::sync::Arc;
use std::time::Duration;

use mfn_access::replay::NotOnce;
use mfn_access::shared::{Question, SharedLimits as _, SharedPermit, SingleUse, Verdict};
use mfn_access::{KeyId, RateExceeded, Timestamp};
use mfn_shared_limits::fuzzing::limits_over;
use mfn_shared_limits::{Address, StoreLimits};
use tokio::runtime::{Builder, Handle};
use tokio::time::{Instant, sleep, timeout};

use crate::hostile_store::{PIPE_BYTES, Script, Shared, locked, store};
use crate::input::Input;

/// Calls that are asked for.
const MAX_CALLS: usize = 48;
/// How long a call waits for the store at most (MFN-REPLICA-005), with what a timer rounds.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(52);
/// After so long nothing is left of limits that are not needed any more, or of a connection
/// that was given up: longer than any wait of either side.
const FOR_EVER: Duration = Duration::from_hours(1);
/// Most connections that the store takes up.
const MAX_CONNECTIONS: usize = 64;

/// The first byte says what is asked, and the rest is the script of the store, of which
/// every command takes a step, and every call a byte.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let (first, calls) = (input.byte(), usize::from(input.byte()) % MAX_CALLS + 1);
    let pauses: Vec<_> = (0..calls).map(|_| input.byte()).collect();
    let script = Script::of(input.rest());
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("it needs nothing of the system");
    runtime.block_on(follow(first, &pauses, &script));
}

async fn follow(first: u8, pauses: &[u8], script: &Shared) {
    let text = if first & 1 == 0 { "redis://localhost" } else { "redis://user:secret@localhost/3" };
    let (script_of_stores, mut opened) = (Arc::clone(script), 0);
    let (limits, work) = limits_over(Address::parse(text).expect("an address"), move || {
        let (ours, other) = tokio::io::duplex(PIPE_BYTES);
        opened += 1;
        if opened <= MAX_CONNECTIONS {
            tokio::spawn(store(other, Arc::clone(&script_of_stores)));
        }
        ours
    });
    let limits = Arc::new(limits);
    let work = tokio::spawn(work);
    sleep(Duration::from_millis(1)).await;
    let asked: Vec<_> = pauses
        .iter()
        .enumerate()
        .map(|(number, pause)| (number, *pause, Arc::clone(&limits), first))
        .collect();
    let mut admitted = 0;
    let mut asking = Vec::new();
    for (number, pause, limits, first) in asked {
        // Some come together, and some long after another.
        sleep(Duration::from_millis(if pause < 128 { 0 } else { 1 << (pause % 13) })).await;
        asking.push(tokio::spawn(async move { ask(&limits, number, first).await }));
    }
    let mut permits = Vec::new();
    for asked in asking {
        let permit = asked.await.expect("no call panics");
        admitted += usize::from(permit.is_some());
        permits.extend(permit);
    }
    check_admitted(admitted, locked(script).admissions());
    sleep(Duration::from_secs(3)).await;
    drop(permits);
    drop(limits);
    timeout(FOR_EVER, work).await.expect("the work ends").expect("it does not panic");
    sleep(FOR_EVER).await;
    let left = Handle::current().metrics().num_alive_tasks();
    assert_eq!(left, 0, "tasks are left");
}

/// Nobody is admitted whom the store has not admitted.
fn check_admitted(calls: usize, admissions: usize) {
    assert!(calls <= admissions, "{calls} calls are admitted by {admissions} admissions");
}

async fn ask(limits: &StoreLimits, number: usize, first: u8) -> Option<impl Sized + use<>> {
    let once = (first & 2 != 0).then(|| SingleUse {
        digest: [number as u8; 16],
        timestamp: Timestamp::from_unix(Duration::from_secs(1_700_000_000)),
        lasts: Duration::from_mins(6),
        capacity: 1000,
    });
    let key = KeyId::new(if number.is_multiple_of(3) { "lab" } else { "other" }).expect("an id");
    let question = Question { key, rps: u32::from(first / 4), concurrent: 8, once };
    let since = Instant::now();
    let verdict = limits.admit(question).await;
    let took = since.elapsed();
    assert!(took <= ANSWER_TIMEOUT, "a call waited for {took:?}");
    verdict.ok().and_then(permit_of)
}

/// The permit of a call that is admitted. Who is not waits no longer than any limit needs.
fn permit_of(verdict: Verdict) -> Option<SharedPermit> {
    match verdict {
        Verdict::Admitted(permit) => return Some(permit),
        Verdict::RateExceeded(RateExceeded { wait }) => {
            assert!(wait <= Duration::from_secs(1), "a wait for the rate of {wait:?}");
        }
        Verdict::NotOnce(NotOnce::Full { wait, .. }) => {
            assert!(wait <= SingleUse::LONGEST, "a wait for room of {wait:?}");
        }
        _ => {}
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle_failures::assert_fails_with;

    #[test]
    fn nobody_is_admitted_but_by_the_store() {
        check_admitted(2, 2);
        assert_fails_with("2 calls are admitted by 1", || check_admitted(2, 1));
        // A store that does as it should, behind the end of its script.
        check(&[0, 3]);
    }

    #[test]
    fn nobody_waits_longer_than_a_limit_needs() {
        let rate = |wait| Verdict::RateExceeded(RateExceeded { wait });
        let full = |wait| Verdict::NotOnce(NotOnce::Full { capacity: 1, wait });
        let tick = Duration::from_nanos(1);
        assert!(permit_of(Verdict::Admitted(SharedPermit::new(()))).is_some());
        assert!(permit_of(rate(Duration::from_secs(1))).is_none());
        assert!(permit_of(full(SingleUse::LONGEST)).is_none());
        assert_fails_with("for the rate", || permit_of(rate(Duration::from_secs(1) + tick)));
        assert_fails_with("for room", || permit_of(full(SingleUse::LONGEST + tick)));
    }
}
