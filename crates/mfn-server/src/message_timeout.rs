//! How long a message is waited for.

use std::fmt;
use std::time::Duration;

/// Bytes for which a growing timeout allows a second more. A client with a long
/// message and a slow line is to get it through, and one that sends a byte now and
/// then is not.
const BYTES_A_SECOND: usize = 64 * 1024;

/// The time from the head of a call in which its message must have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MessageTimeout {
    time: Duration,
    grows: bool,
}

impl MessageTimeout {
    /// Not longer than `time`, whatever comes.
    pub(crate) const fn fixed(time: Duration) -> Self {
        Self { time, grows: false }
    }

    /// As long as `time`, and a second longer for each 64 KiB that have come.
    pub(crate) const fn growing(time: Duration) -> Self {
        Self { time, grows: true }
    }

    /// What it is once so many bytes have come.
    pub(crate) fn after(self, bytes: usize) -> Duration {
        let more = if self.grows { bytes / BYTES_A_SECOND } else { 0 };
        self.time + Duration::from_secs(more as u64)
    }
}

/// What a client is allowed.
impl fmt::Display for MessageTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.time.as_secs())?;
        if self.grows {
            write!(f, " and a second for each {} KiB", BYTES_A_SECOND / 1024)?;
        }
        Ok(())
    }
}
