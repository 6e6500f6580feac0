//! Where a server of the tests tells of itself, and what it tells.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::soon;

/// Ports of this process's own address, from here on.
static NEXT_PORT: AtomicU16 = AtomicU16::new(20_000);

/// The address of one server. Linux answers at every address that begins with 127, so
/// each process of the tests has one of its own, and no two servers want one port.
pub(crate) struct Admin(pub(crate) SocketAddr);

/// Metrics by name and labels, as they are written, without fractions.
pub(crate) type Metrics = BTreeMap<String, u64>;

impl Admin {
    pub(crate) fn new() -> Self {
        let [_, high, middle, low] = std::process::id().to_be_bytes();
        let address = IpAddr::V4(Ipv4Addr::new(127, 64 + high % 64, middle, low.max(1)));
        Self(SocketAddr::new(address, NEXT_PORT.fetch_add(1, Ordering::Relaxed)))
    }

    /// The flags of a server that is to tell of itself there.
    pub(crate) fn flags(&self) -> [String; 2] {
        [format!("--admin-host={}", self.0.ip()), format!("--admin-port={}", self.0.port())]
    }

    /// What a request is answered: status, head and body.
    pub(crate) async fn ask(&self, request: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.0).await.expect("it listens");
        stream.write_all(request.as_bytes()).await.expect("it reads");
        let mut answer = String::new();
        soon("an answer", stream.read_to_string(&mut answer)).await.expect("UTF-8");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        (status, head.to_ascii_lowercase(), body.to_owned())
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let (status, _head, body) = self.ask(&request).await;
        (status, body)
    }

    pub(crate) async fn metrics(&self) -> Metrics {
        let (status, text) = self.get("/metrics").await;
        assert_eq!(status, 200, "{text}");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let series = lines.map(|line| {
            let (name, value) = line.rsplit_once(' ').expect("a value");
            (name.to_owned(), value.parse::<f64>().expect("a number") as u64)
        });
        series.collect()
    }

    /// The metrics, once they are as asked for.
    pub(crate) async fn metrics_when(&self, is_so: impl Fn(&Metrics) -> bool) -> Metrics {
        let wait = async {
            loop {
                let metrics = self.metrics().await;
                if is_so(&metrics) {
                    return metrics;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        soon("such metrics", wait).await
    }
}

/// The sum of all series whose name and labels have these parts.
pub(crate) fn sum(metrics: &Metrics, parts: &[&str]) -> u64 {
    let has_all = |series: &str| parts.iter().all(|part| series.contains(part));
    metrics.iter().filter(|(series, _)| has_all(series)).map(|(_, value)| value).sum()
}
