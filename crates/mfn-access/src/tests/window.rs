//! The grammar of timestamps, and the window around the server's time.

use std::time::Duration;

use proptest::prelude::*;

use crate::timestamp::{MAX_SKEW, Skew, Timestamp};

const SECOND: i128 = 1_000_000_000;
/// The latest moment that a timestamp can say.
const LAST: i128 = 1_000_000_000_000 * SECOND - 1;

/// A moment, as its caller writes it.
fn written(nanos: i128) -> String {
    format!("{}.{:09}", nanos / SECOND, nanos % SECOND)
}

fn server_time(nanos: i128) -> Timestamp {
    let since_epoch = Duration::new((nanos / SECOND) as u64, (nanos % SECOND) as u32);
    Timestamp::from_unix(since_epoch)
}

/// Moments near both ends and in the midst.
fn moments() -> impl Strategy<Value = i128> {
    let edge = 700 * SECOND;
    prop_oneof![0..edge, LAST - edge..=LAST, 0..=LAST]
}

/// Skews about the edges of the window, and others.
fn skews() -> impl Strategy<Value = i128> {
    let edge = 300 * SECOND;
    let about = |edge: i128| edge - 3..=edge + 3;
    prop_oneof![about(edge), about(-edge), -2 * edge..2 * edge, -LAST..LAST]
}

#[test]
fn microseconds_are_whole_ones() {
    let moment = Timestamp::from_unix(Duration::new(5, 1_999));
    assert_eq!(moment.as_micros(), 5_000_001);
}

proptest! {
    // shows MFN-AUTH-010
    #[test]
    fn a_call_is_within_the_window_exactly_up_to_300_s(now in moments(), skew in skews()) {
        let sent = now + skew;
        prop_assume!((0..=LAST).contains(&sent));
        let timestamp = Timestamp::parse(written(sent).as_bytes()).expect("well formed");
        let measured = timestamp.skew(server_time(now));
        prop_assert_eq!(measured.as_nanos(), skew);
        prop_assert_eq!(measured.is_within_window(), skew.abs() <= 300 * SECOND);
    }

    #[test]
    fn what_is_written_is_read_to_the_last_digit(nanos in moments()) {
        let timestamp = Timestamp::parse(written(nanos).as_bytes()).expect("well formed");
        prop_assert_eq!(timestamp, server_time(nanos));
        // And printed without zeros that say nothing.
        let printed = timestamp.to_string();
        prop_assert_eq!(Timestamp::parse(printed.as_bytes()), Ok(timestamp));
        prop_assert!(!printed.contains('.') || !printed.ends_with(['0', '.']), "{}", printed);
    }

    // shows MFN-AUTH-006
    #[test]
    fn nothing_else_is_a_timestamp(text in "[0-9.eE+_ \\-nafi]{0,24}") {
        let digits = |text: &str, most| {
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        let grammatical = match text.split_once('.') {
            None => digits(&text, 12),
            Some((seconds, fraction)) => digits(seconds, 12) && digits(fraction, 9),
        };
        prop_assert_eq!(Timestamp::parse(text.as_bytes()).is_ok(), grammatical, "{}", text);
    }
}

// shows MFN-AUTH-006
#[test]
fn what_other_parsers_take_for_a_number_is_refused() {
    let bad = [
        "",
        "nan",
        "NaN",
        "inf",
        "-inf",
        "1e9",
        " 1",
        "1 ",
        "+1",
        "-1",
        "1_0",
        "0x1",
        "1.",
        ".5",
        ".",
        "1..5",
        "1.5.5",
        "1,5",
        "1234567890123",
        "1.1234567890",
        "\u{0661}",
        "1\n",
        "1\0",
    ];
    for text in bad {
        assert!(Timestamp::parse(text.as_bytes()).is_err(), "{text:?}");
    }
    for text in ["0", "00", "1", "999999999999.999999999", "000000000001.5"] {
        assert!(Timestamp::parse(text.as_bytes()).is_ok(), "{text:?}");
    }
}

#[test]
fn skews_are_printed_exactly() {
    let printed = |timestamp: &str, now: u64| {
        let timestamp = Timestamp::parse(timestamp.as_bytes()).expect("well formed");
        timestamp.skew(Timestamp::from_unix(Duration::from_secs(now))).to_string()
    };
    assert_eq!(printed("1000.000000001", 1000), "0.000000001");
    assert_eq!(printed("999.5", 1300), "-300.5");
    assert_eq!(printed("1000", 1000), "0");
    assert_eq!(printed("999.999999999", 1000), "-0.000000001");
    assert!(Skew::NONE.is_within_window());
    assert_eq!(MAX_SKEW.as_secs(), 300);
}
