//! The sliding window, against a log of all admissions.

use std::collections::VecDeque;
use std::time::Duration;

use proptest::collection::SizeRange;
use proptest::prelude::*;

use crate::rate::SlidingWindow;

const SECOND: Duration = Duration::from_secs(1);

/// Remembers every admission of the last second: plainly right.
struct NaiveLog {
    limit: usize,
    admitted: VecDeque<Duration>,
}

impl NaiveLog {
    fn admit(&mut self, now: Duration) -> bool {
        while self.admitted.front().is_some_and(|admission| now >= *admission + SECOND) {
            self.admitted.pop_front();
        }
        let admits = self.admitted.len() < self.limit;
        if admits {
            self.admitted.push_back(now);
        }
        admits
    }
}

/// Pauses between calls, in nanoseconds: none and short ones, so that about twice
/// as many calls come as may, and after some `2 * limit` of them a long one,
/// often of about a second, so that calls meet the very edge of the window.
fn pauses(calls: impl Into<SizeRange>, limit: u32) -> impl Strategy<Value = Vec<u64>> {
    let second = 1_000_000_000;
    let fair = second / u64::from(limit);
    let short = prop_oneof![Just(0), 0..=fair, fair..=fair + 1];
    let long = prop_oneof![second - 2..=second + 2, 0..2 * second];
    prop::collection::vec(prop_oneof![2 * limit => short, 1 => long], calls)
}

/// After a burst that fills the window.
fn agrees_with_the_log(limit: u32, pauses: &[u64]) -> Result<(), TestCaseError> {
    let mut window = SlidingWindow::new(limit);
    let mut log = NaiveLog { limit: limit as usize, admitted: VecDeque::new() };
    let mut now = Duration::ZERO;
    let burst = std::iter::repeat_n(&0, limit as usize);
    let mut refusals = 0;
    for pause in burst.chain(pauses) {
        now += Duration::from_nanos(*pause);
        let admitted = window.admit(now);
        prop_assert_eq!(admitted.is_ok(), log.admit(now), "at {:?}", now);
        if let Err(refused) = admitted {
            // The hint is exact: not a nanosecond before, and then surely.
            let frees_at = log.admitted[0] + SECOND;
            prop_assert_eq!(now + refused.wait, frees_at);
            refusals += 1;
        }
        prop_assert!(window.capacity() <= limit.max(16) as usize);
    }
    // A test that never meets the limit shows nothing of it.
    prop_assert!(refusals > 0 || pauses.len() < 3 * limit as usize);
    Ok(())
}

proptest! {
    // shows MFN-LIMIT-001, MFN-LIMIT-002
    #[test]
    fn it_admits_what_a_log_would(
        (limit, pauses) in (1_u32..20).prop_flat_map(|limit| (Just(limit), pauses(100..400, limit))),
    ) {
        agrees_with_the_log(limit, &pauses)?;
    }

    #[test]
    fn it_admits_what_a_log_would_at_a_limit_of_1(pauses in pauses(100..200, 1)) {
        agrees_with_the_log(1, &pauses)?;
    }

    #[test]
    fn another_limit_holds_for_the_calls_that_were_admitted_before(
        limits in prop::collection::vec(1_u32..10, 1..10),
        pauses in pauses(1..200, 5),
    ) {
        let mut window = SlidingWindow::new(limits[0]);
        let mut log = NaiveLog { limit: 0, admitted: VecDeque::new() };
        let mut now = Duration::ZERO;
        for (pause, limit) in pauses.iter().zip(limits.iter().cycle()) {
            window.set_limit(*limit);
            log.limit = *limit as usize;
            now += Duration::from_nanos(*pause);
            prop_assert_eq!(window.admit(now).is_ok(), log.admit(now), "at {:?}", now);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn it_admits_what_a_log_would_at_a_limit_of_1000(pauses in pauses(6000, 1000)) {
        agrees_with_the_log(1000, &pauses)?;
    }

    #[test]
    fn it_admits_what_a_log_would_at_a_limit_of_60000(pauses in pauses(200_000, 60_000)) {
        agrees_with_the_log(60_000, &pauses)?;
    }
}

#[test]
fn a_burst_at_a_limit_of_60000_and_the_second_after_it() {
    let mut window = SlidingWindow::new(60_000);
    let start = Duration::from_secs(5);
    let admitted = (0..100_000).filter(|_| window.admit(start).is_ok()).count();
    assert_eq!(admitted, 60_000);
    let almost = start + Duration::from_nanos(999_999_999);
    assert_eq!(window.admit(almost).map_err(|refused| refused.wait), Err(Duration::from_nanos(1)));
    let admitted = (0..100_000).filter(|_| window.admit(start + SECOND).is_ok()).count();
    assert_eq!(admitted, 60_000);
}

#[test]
fn memory_grows_with_the_calls_and_is_bounded_by_the_limit() {
    let mut window = SlidingWindow::new(60_000);
    assert_eq!(window.capacity(), 0);
    for call in 0..10 {
        window.admit(Duration::from_millis(call)).expect("far below the limit");
    }
    assert_eq!(window.capacity(), 16);
    for call in 10..17 {
        window.admit(Duration::from_millis(call)).expect("far below the limit");
    }
    assert_eq!(window.capacity(), 32);
    for call in 0..200_000 {
        let _ = window.admit(Duration::from_micros(17_000 + 3 * call));
    }
    // 8 bytes each: 469 KiB for the whole key.
    assert_eq!(window.capacity(), 60_000);
    // What a lower limit does not need is given back when a second is over.
    window.set_limit(10);
    window.admit(Duration::from_mins(1)).expect("the first for long");
    assert_eq!(window.capacity(), 10);
}

/// More are remembered than the limit says once that was lowered, and the decisive one is
/// not the oldest.
#[test]
fn a_second_after_the_decisive_call_one_is_admitted_at_a_lowered_limit_too() {
    let mut window = SlidingWindow::new(5);
    for _ in 0..4 {
        window.admit(Duration::ZERO).expect("below the limit");
    }
    window.admit(SECOND / 2).expect("at the limit");
    window.set_limit(2);
    window.admit(SECOND).expect("one call was admitted in the second before");
}

#[test]
fn no_limit_remembers_nothing() {
    let mut window = SlidingWindow::new(0);
    assert!((0..10_000).all(|_| window.admit(Duration::ZERO).is_ok()));
    assert_eq!(window.capacity(), 0);
}

#[test]
fn a_clock_that_was_read_early_is_not_taken_for_one_that_went_back() {
    let mut window = SlidingWindow::new(1);
    window.admit(Duration::from_secs(10)).expect("the first");
    let refused = window.admit(Duration::from_secs(9)).expect_err("the second");
    assert_eq!(refused.wait, SECOND);
}
