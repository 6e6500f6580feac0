//! Log lines that input from outside can cause: at most one a second of each
//! kind, however often the input comes. Otherwise anyone could fill a disk.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long one line of a kind keeps back the next.
const INTERVAL: Duration = Duration::from_secs(1);

/// Logs like `tracing::event!`, but at most once a second for each place in the
/// code that it stands at: `limited!(WARN, "what happened", %peer, count = 3)`.
/// The field `left_out` says how many more lines there would have been since the
/// last one. Where the level is not logged, this counts nothing.
macro_rules! limited {
    ($level:ident, $message:literal $(, $($field:tt)+)?) => {
        if tracing::enabled!(tracing::Level::$level) {
            static LIMIT: $crate::log_limit::LogLimit = $crate::log_limit::LogLimit::new(
                |left_out| tracing::event!(tracing::Level::$level, left_out, $message),
            );
            if let Some($crate::log_limit::LeftOut(left_out)) = LIMIT.occurs() {
                tracing::event!(tracing::Level::$level, $($($field)+,)? left_out, $message);
            }
        }
    };
}
pub(crate) use limited;

/// The limit of one kind of line.
#[derive(Debug)]
pub(crate) struct LogLimit {
    state: Mutex<State>,
    /// Logs how many lines were left out, if no other line follows to say so.
    tell: fn(u64),
}

#[derive(Debug)]
struct State {
    /// When the last line was written.
    written: Option<Instant>,
    left_out: u64,
    /// Whether it is among those that have to tell. It is there once, though in a
    /// long flood each line tells of those before it and the next is left out.
    is_listed: bool,
}

/// How many lines were left out before one that is written; none if it is zero,
/// so that a line that stands for itself alone has no such field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LeftOut(pub(crate) Option<u64>);

/// The limits that have left out lines which no later line has told of yet.
static WITH_LEFT_OUT: Mutex<Vec<&'static LogLimit>> = Mutex::new(Vec::new());

impl LogLimit {
    /// A limit that tells by `tell` how many lines it left out at last.
    pub(crate) const fn new(tell: fn(u64)) -> Self {
        let state = State { written: None, left_out: 0, is_listed: false };
        Self { state: Mutex::new(state), tell }
    }

    /// Counts one occurrence, and says whether its line is to be written now.
    pub(crate) fn occurs(&'static self) -> Option<LeftOut> {
        let (line, is_to_be_listed) = self.occurs_at(Instant::now());
        if is_to_be_listed {
            lock(&WITH_LEFT_OUT).push(self);
        }
        line
    }

    /// The line, if it is to be written, and whether this has to tell of one that
    /// is not, and is not listed for that yet.
    fn occurs_at(&self, now: Instant) -> (Option<LeftOut>, bool) {
        let mut state = lock(&self.state);
        if state.keeps_back(now) {
            state.left_out += 1;
            return (None, !std::mem::replace(&mut state.is_listed, true));
        }
        (Some(LeftOut(Some(state.write(now)).filter(|count| *count > 0))), false)
    }

    /// Tells of the lines that were left out, unless it is too soon for a line:
    /// whether nothing is left to tell, so that it is listed no longer.
    fn tell_at(&self, now: Instant) -> bool {
        let mut state = lock(&self.state);
        if state.left_out > 0 && state.keeps_back(now) {
            return false;
        }
        state.is_listed = false;
        let left_out = if state.left_out > 0 { state.write(now) } else { 0 };
        drop(state);
        if left_out > 0 {
            (self.tell)(left_out);
        }
        true
    }
}

impl State {
    fn keeps_back(&self, now: Instant) -> bool {
        self.written.is_some_and(|written| now.saturating_duration_since(written) < INTERVAL)
    }

    /// A line is written: how many were left out before it.
    fn write(&mut self, now: Instant) -> u64 {
        self.written = Some(now);
        std::mem::take(&mut self.left_out)
    }
}

/// Tells, without end, of the lines that were left out at the end of a burst,
/// after which no line comes to tell of them.
pub(crate) async fn tell_of_lines_left_out() -> ! {
    loop {
        tokio::time::sleep(INTERVAL).await;
        tell_all_at(Instant::now());
    }
}

/// Tells of them at the end of the server, when there is no time to wait.
pub(crate) fn tell_of_the_last_lines_left_out() {
    tell_all_at(Instant::now() + INTERVAL);
}

fn tell_all_at(now: Instant) {
    // Locked only to take them out: to tell is to log, which may take long.
    let limits = std::mem::take(&mut *lock(&WITH_LEFT_OUT));
    let still_silent = limits.into_iter().filter(|limit| !limit.tell_at(now));
    let still_silent: Vec<_> = still_silent.collect();
    lock(&WITH_LEFT_OUT).extend(still_silent);
}

/// No panic can leave a count half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    const WITHOUT: Option<LeftOut> = Some(LeftOut(None));

    // shows MFN-CONF-009
    #[test]
    fn a_flood_of_occurrences_is_one_line_a_second_and_their_number() {
        let limit = LogLimit::new(|_| panic!("nobody asks it to tell"));
        let start = Instant::now();
        let at = |ms| limit.occurs_at(start + Duration::from_millis(ms)).0;
        assert_eq!(at(0), WITHOUT);
        for ms in 0..1000 {
            assert_eq!(at(ms), None, "after {ms} ms");
        }
        assert_eq!(at(1000), Some(LeftOut(Some(1000))));
        assert_eq!(at(1999), None);
        assert_eq!(at(9000), Some(LeftOut(Some(1))));
        assert_eq!(at(10_000), WITHOUT);
    }

    // shows MFN-CONF-009
    #[test]
    fn what_a_burst_left_out_at_its_end_is_told_once_and_not_too_soon() {
        static TOLD: AtomicU64 = AtomicU64::new(0);
        let limit = LogLimit::new(|left_out| {
            TOLD.fetch_add(left_out, Ordering::Relaxed);
        });
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        assert!(limit.tell_at(start), "nothing has occurred");
        for _ in 0..100 {
            limit.occurs_at(start);
        }
        assert!(!limit.tell_at(at(999)));
        assert_eq!(TOLD.load(Ordering::Relaxed), 0);
        assert!(limit.tell_at(at(1000)));
        assert!(limit.tell_at(at(2000)));
        assert_eq!(TOLD.load(Ordering::Relaxed), 99);
        // That was a line like any other.
        assert_eq!(limit.occurs_at(at(1500)), (None, true));
    }

    #[test]
    fn a_flood_that_lasts_is_listed_once_however_often_it_is_asked_to_tell() {
        let limit = LogLimit::new(|_| {});
        let start = Instant::now();
        let mut listed = 0;
        for ms in (0..60_000).step_by(10) {
            let now = start + Duration::from_millis(ms);
            listed += u32::from(limit.occurs_at(now).1);
            assert!(listed <= 1, "after {ms} ms");
            // Somewhere within each second, and at last at its end.
            let is_tick = ms % 1000 == 500 || ms % 7000 == 990;
            if is_tick && listed > 0 && limit.tell_at(now) {
                listed -= 1;
            }
        }
        assert_eq!(listed, 1);
        assert!(limit.tell_at(start + Duration::from_secs(70)));
        assert!(!lock(&limit.state).is_listed);
    }
}
