//! How long a message is waited for.

use std::fmt;
use std::time::Duration;

/// Bytes for which a message that takes long has a second more. Whoever has a long
/// message and a slow line is to get it through, and whoever sends a byte now and
/// then is not.
const BYTES_A_SECOND: usize = 64 * 1024;

/// A time from the head of a call on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patience {
    time: Duration,
    grows: bool,
}

impl Patience {
    /// Not longer than `time`, whatever comes.
    pub(crate) const fn of(time: Duration) -> Self {
        Self { time, grows: false }
    }

    /// As long as `time`, and a second longer for each 64 KiB that have come.
    pub(crate) const fn that_grows(time: Duration) -> Self {
        Self { time, grows: true }
    }

    /// What it is once so many bytes have come.
    pub(super) fn after(self, bytes: usize) -> Duration {
        let more = if self.grows { bytes / BYTES_A_SECOND } else { 0 };
        self.time + Duration::from_secs(more as u64)
    }
}

/// What a client is allowed.
impl fmt::Display for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.time.as_secs())?;
        if self.grows {
            write!(f, " and a second for each {} KiB", BYTES_A_SECOND / 1024)?;
        }
        Ok(())
    }
}
