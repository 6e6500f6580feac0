//! Finds out that a client has vanished without closing its connection, such as one whose
//! machine has lost its power. HTTP/2 asks for signs of life by PINGs. HTTP/1.1 has nothing
//! of the kind, so the system asks by TCP.

use std::io;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

use crate::config::Config;

/// How often the system asks before it gives the connection up.
const PROBES: u32 = 3;
/// Longest time that the system takes for one of these settings, and shortest.
const SECONDS: std::ops::RangeInclusive<u64> = 1..=32767;

/// When the system asks, and when it gives a connection up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keepalive {
    time: Duration,
    timeout: Duration,
}

impl Keepalive {
    /// As `config` has it of PINGs.
    pub(super) fn new(config: &Config) -> Self {
        Self { time: config.keepalive_time, timeout: config.keepalive_timeout }
    }

    /// Has the system do it for `stream`.
    pub(super) fn set(self, stream: &TcpStream) -> io::Result<()> {
        let socket = SockRef::from(stream);
        let keepalive = TcpKeepalive::new()
            .with_time(whole_seconds(self.time))
            .with_interval(whole_seconds(self.timeout / PROBES))
            .with_retries(PROBES);
        socket.set_tcp_keepalive(&keepalive)?;
        // The same for what was sent and is not acknowledged: nothing is asked then, and it
        // would be sent again for a quarter of an hour.
        socket.set_tcp_user_timeout(Some(self.time + self.timeout))
    }
}

/// The system takes no parts of a second.
fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs().clamp(*SECONDS.start(), *SECONDS.end()))
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn set(time: Duration, timeout: Duration) -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let stream = TcpStream::connect(address).await.expect("it listens");
        Keepalive { time, timeout }.set(&stream).expect("the system takes it");
        stream
    }

    // shows MFN-TRANS-037
    #[tokio::test]
    async fn the_system_asks_as_often_as_pings_do() {
        let stream = set(Duration::from_mins(1), Duration::from_secs(20)).await;
        let socket = SockRef::from(&stream);
        assert!(socket.keepalive().expect("it can be read"));
        assert_eq!(socket.tcp_keepalive_time().expect("it can be read").as_secs(), 60);
        assert_eq!(socket.tcp_keepalive_interval().expect("it can be read").as_secs(), 6);
        assert_eq!(socket.tcp_keepalive_retries().expect("it can be read"), PROBES);
        let timeout = socket.tcp_user_timeout().expect("it can be read");
        assert_eq!(timeout, Some(Duration::from_secs(80)));
    }

    #[tokio::test]
    async fn the_system_takes_the_shortest_and_the_longest_times_that_can_be_set() {
        let stream = set(Duration::from_millis(1), Duration::from_millis(1)).await;
        let socket = SockRef::from(&stream);
        assert_eq!(socket.tcp_keepalive_time().expect("it can be read").as_secs(), 1);
        let day = Duration::from_hours(24);
        let stream = set(day, day).await;
        let socket = SockRef::from(&stream);
        assert_eq!(socket.tcp_keepalive_time().expect("it can be read").as_secs(), 32767);
        assert_eq!(socket.tcp_user_timeout().expect("it can be read"), Some(2 * day));
    }
}
