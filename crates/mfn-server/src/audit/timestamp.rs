//! When something was, as the audit and the log write it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The last millisecond of the year 9999, in seconds and milliseconds since 1970.
/// RFC 3339 has four digits for a year.
const LAST: Duration = Duration::from_millis(253_402_300_799_999);

/// `time` by RFC 3339, in UTC with milliseconds. A clock may be set to any time,
/// and a wrong one is no reason to have no line: what is before 1970 is written as
/// its beginning, and what is after 9999 as its end.
#[must_use]
pub fn rfc3339(time: SystemTime) -> String {
    let since_1970 = time.duration_since(UNIX_EPOCH).unwrap_or_default().min(LAST);
    humantime::format_rfc3339_millis(UNIX_EPOCH + since_1970).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    // shows MFN-AUDIT-002
    #[test]
    fn every_time_that_a_clock_can_show_is_written() {
        let (before, after) = (
            |seconds| UNIX_EPOCH.checked_sub(Duration::from_secs(seconds)),
            |seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)),
        );
        let epoch = "1970-01-01T00:00:00.000Z";
        let end = "9999-12-31T23:59:59.999Z";
        let times = [
            (Some(UNIX_EPOCH - Duration::from_nanos(1)), epoch),
            (before(1), epoch),
            (before(i64::MAX as u64), epoch),
            (Some(UNIX_EPOCH), epoch),
            (after(951_782_400), "2000-02-29T00:00:00.000Z"),
            (Some(UNIX_EPOCH + LAST), end),
            (Some(UNIX_EPOCH + LAST + Duration::from_nanos(999_999)), end),
            (Some(UNIX_EPOCH + LAST + Duration::from_millis(1)), end),
            (after(i64::MAX as u64), end),
        ];
        // Not every system's clock can show all of them.
        for (time, written) in times {
            if let Some(time) = time {
                assert_eq!(rfc3339(time), written, "{time:?}");
            }
        }
    }
}
