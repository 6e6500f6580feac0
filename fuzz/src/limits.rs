//! The limits of a key against models that remember everything: calls a second, calls
//! at once, and signatures that were used.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use mfn_access::concurrency::{ConcurrencyLimit, ConcurrencyPermit};
use mfn_access::rate::SlidingWindow;
use mfn_access::replay::{NotOnce, UsedSignatures};
use mfn_access::{MAX_SKEW, RateExceeded, Secret, Signature, Signer, Timestamp};

use crate::input::Input;

#[cfg(test)]
mod tests;

const SECOND: Duration = Duration::from_secs(1);
/// When the scripts begin, far enough from the epoch for any timestamp.
const START: Duration = Duration::from_secs(1_000_000);

/// A script of calls, of changes of the limits, and of pauses.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    match input.byte() % 3 {
        0 => rate(input),
        1 => concurrency(input),
        _ => replay(input),
    }
}

/// A call is admitted if fewer than the limit were in the second before it, and the
/// hint of a refusal is exact.
fn rate(mut input: Input<'_>) {
    let mut limit = input.byte() % 8;
    let mut window = SlidingWindow::new(limit.into());
    let mut admissions = Admissions::default();
    let mut now = START;
    while !input.is_empty() {
        match input.byte() {
            0 => {
                limit = input.byte() % 8;
                window.set_limit(limit.into());
            }
            step => {
                now += pause(step, &mut input);
                admissions.check(window.admit(now), limit, now);
            }
        }
    }
}

/// When calls were admitted, of all but those without a limit.
#[derive(Default)]
struct Admissions(Vec<Duration>);

impl Admissions {
    /// A call at `now`, with this `limit`, comes to `result`.
    fn check(&mut self, result: Result<(), RateExceeded>, limit: u8, now: Duration) {
        let Self(log) = self;
        let recent = log.iter().filter(|admitted| **admitted + SECOND > now).count();
        let admits = limit == 0 || recent < usize::from(limit);
        assert_eq!(result.is_ok(), admits, "at {now:?} with a limit of {limit}");
        match result {
            Ok(()) if limit > 0 => log.push(now),
            Ok(()) => {}
            Err(refused) => {
                let decisive = log[log.len() - usize::from(limit)];
                assert_eq!(now + refused.wait, decisive + SECOND, "the hint at {now:?}");
            }
        }
    }
}

/// No more are open than may, whoever opens and ends them.
fn concurrency(mut input: Input<'_>) {
    let mut limit = u32::from(input.byte() % 8);
    let calls = Arc::new(ConcurrencyLimit::new(limit));
    let mut open: Vec<ConcurrencyPermit> = Vec::new();
    while !input.is_empty() {
        match input.byte() % 4 {
            0 => {
                limit = u32::from(input.byte() % 8);
                calls.set_limit(limit);
            }
            1 if !open.is_empty() => {
                let place = usize::from(input.byte()) % open.len();
                drop(open.swap_remove(place));
            }
            _ => {
                let permit = ConcurrencyLimit::acquire(&calls);
                check_permit(permit.is_ok(), limit, open.len());
                open.extend(permit);
            }
        }
        assert_eq!(calls.open() as usize, open.len());
    }
}

/// A call comes when so many are open.
fn check_permit(is_admitted: bool, limit: u32, open: usize) {
    let admits = limit == 0 || open < limit as usize;
    assert_eq!(is_admitted, admits, "{open} of {limit} are open");
}

/// A signature within its window serves once; which were used is never forgotten
/// before the window has left them, and always in the time that a refusal says.
fn replay(mut input: Input<'_>) {
    let signer = Signer::new(&Secret::new("a-secret").expect("a secret"));
    let capacity = usize::from(input.byte() % 8);
    let mut used = UsedSignatures::with_capacity(capacity);
    let mut uses = Uses { capacity, log: BTreeSet::new(), has_room: None };
    let mut now = START;
    while !input.is_empty() {
        let step = input.byte();
        if step.is_multiple_of(4) {
            now += pause(step / 4, &mut input) * 100;
            continue;
        }
        // From before the window to beyond it.
        let ahead = u64::from(input.byte()) * 3;
        let time = Duration::from_secs(now.as_secs() + ahead - 383);
        let (timestamp, signature) = signed(&signer, time);
        let at = Timestamp::from_unix(now);
        if !timestamp.skew(at).is_within_window() {
            continue;
        }
        if step % 4 == 1 && uses.log.remove(&(timestamp, *signature.as_bytes())) {
            used.give_back(&signature, timestamp);
            continue;
        }
        let result = used.use_up(&signature, timestamp, at);
        uses.check(result, (timestamp, &signature), now, used.len());
    }
    if let Some(since) = uses.has_room.filter(|_| capacity > 0) {
        now = now.max(since);
        let (timestamp, signature) = signed(&signer, now);
        let result = used.use_up(&signature, timestamp, Timestamp::from_unix(now));
        uses.check(result, (timestamp, &signature), now, used.len());
    }
}

/// The signatures that were used.
struct Uses {
    capacity: usize,
    log: BTreeSet<(Timestamp, [u8; 32])>,
    /// When there is room again for who was refused for want of it.
    has_room: Option<Duration>,
}

impl Uses {
    /// The use of a signature at `now` comes to `result`, and so many are `remembered` then.
    fn check(
        &mut self,
        result: Result<(), NotOnce>,
        (timestamp, signature): (Timestamp, &Signature),
        now: Duration,
        remembered: usize,
    ) {
        let Self { capacity, log, has_room } = self;
        let capacity = *capacity;
        let entry = (timestamp, *signature.as_bytes());
        let is_used = log.contains(&entry);
        match result {
            Ok(()) => {
                assert!(!is_used, "{timestamp} served twice");
                assert!(remembered <= capacity, "{remembered} of {capacity} are remembered");
                log.insert(entry);
                *has_room = None;
            }
            Err(NotOnce::Used) => assert!(is_used, "{timestamp} was not used before"),
            Err(NotOnce::Full { wait, .. }) => {
                assert!(!is_used && log.len() >= capacity, "{} of {capacity} were used", log.len());
                assert!(!wait.is_zero() && wait <= 2 * MAX_SKEW + SECOND, "a wait of {wait:?}");
                let is_soon = has_room.is_none_or(|since| now < since);
                assert!(capacity == 0 || is_soon, "there was to be room at {now:?}");
                has_room.get_or_insert(now + wait);
            }
        }
    }
}

fn signed(signer: &Signer, time: Duration) -> (Timestamp, Signature) {
    let seconds = time.as_secs().to_string();
    let timestamp = Timestamp::parse(seconds.as_bytes()).expect("seconds");
    (timestamp, signer.sign(seconds.as_bytes(), "/a/B"))
}

/// Mostly none or short, and often of about a second.
fn pause(step: u8, input: &mut Input<'_>) -> Duration {
    match step % 5 {
        0 => Duration::from_nanos(999_999_999),
        1 => SECOND,
        2 => Duration::from_nanos(u64::from(input.number()) % 2_000_000_000),
        3 => Duration::from_nanos(input.byte().into()),
        _ => Duration::ZERO,
    }
}
