//! The windows that a server gives for the DATA of the first stream. What is sent beyond them is
//! an error, after which the server looks at nothing of that stream any more.

use conformance_wire::frames::{Frame, INITIAL_WINDOW_SIZE, SETTINGS, WINDOW_UPDATE};
use tokio::sync::Semaphore;

/// What there is at first, of the connection and of the stream (RFC 9113, 6.9.2).
const AT_FIRST: usize = 65_535;
const FIRST_STREAM: u32 = 1;

/// Bytes that may be sent, on the connection and on the stream.
#[derive(Debug)]
pub(crate) struct SendWindows {
    connection: Semaphore,
    stream: Semaphore,
}

impl Default for SendWindows {
    fn default() -> Self {
        Self { connection: Semaphore::new(AT_FIRST), stream: Semaphore::new(AT_FIRST) }
    }
}

impl SendWindows {
    /// Waits until both windows have so many bytes, and takes them.
    pub(crate) async fn take(&self, bytes: usize) {
        let bytes = bytes as u32;
        for window in [&self.connection, &self.stream] {
            // Neither is ever closed.
            if let Ok(taken) = window.acquire_many(bytes).await {
                taken.forget();
            }
        }
    }

    /// Looks at a frame of the server, which may give more.
    pub(crate) fn see(&self, frame: &Frame) {
        let more = |bytes: &[u8]| bytes.try_into().map_or(0, u32::from_be_bytes) as usize;
        match (frame.kind, frame.stream) {
            (WINDOW_UPDATE, 0) => self.connection.add_permits(more(&frame.payload)),
            (WINDOW_UPDATE, FIRST_STREAM) => self.stream.add_permits(more(&frame.payload)),
            (SETTINGS, _) => {
                let entries = frame.payload.chunks_exact(6);
                let windows = entries.filter(|entry| entry[..2] == [0, INITIAL_WINDOW_SIZE]);
                for window in windows {
                    self.stream.add_permits(more(&window[2..]).saturating_sub(AT_FIRST));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn as_much_may_be_sent_as_both_windows_allow() {
        let windows = SendWindows::default();
        let may_send = |bytes| windows.take(bytes).now_or_never().is_some();
        assert!(may_send(AT_FIRST) && !may_send(1));
        let update = |stream, bytes: u32| Frame::new(WINDOW_UPDATE, 0, stream, bytes.to_be_bytes());
        windows.see(&update(0, 1000));
        assert!(!may_send(1));
        windows.see(&Frame::new(SETTINGS, 0, 0, [0, INITIAL_WINDOW_SIZE, 0, 1, 0, 9]));
        assert!(may_send(10) && !may_send(1));
        windows.see(&update(1, 500));
        assert!(may_send(500) && !may_send(1));
    }
}
