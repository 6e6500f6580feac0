//! Three replicas, and what each key may do at all of them together.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream::{StreamExt as _, iter};
use h2::RecvStream;
use h2::client::SendRequest;
use tonic::Code;

use super::store::{lapses, now};
use crate::caller::{Ended, RUN, STREAM, call, encoded, endless_stream, raw, small};
use crate::serving::Serving;
use crate::signed::signed;
use crate::soon;
use redis_process::RedisProcess;

pub(super) const KEY: &str = "key-of-the-tests";
const SECOND: u64 = 1_000_000;
/// After so long the calls of a dead replica are over.
const LAPSES_WITHIN: u64 = 5 * SECOND;

/// Replicas that share their limits by `store`. A machine that is busy elsewhere may take
/// longer for an answer than a call waits; that must not admit a call.
fn replicas(store: &RedisProcess, flags: &[&str]) -> [Serving; 3] {
    let url = format!("redis://127.0.0.1:{}", store.port());
    let shared = ["--shared-limits-url", &url, "--shared-limits-fallback", "refuse"];
    let flags = [&shared, flags].concat();
    [(); 3].map(|()| Serving::start_with_keys(KEY, &flags))
}

/// Why a call is not served; nothing if it is.
pub(super) async fn refusal(requests: &SendRequest<Bytes>) -> Option<String> {
    reason(&call(requests, signed(KEY, RUN), encoded(&small())).await)
}

fn reason(ended: &Ended) -> Option<String> {
    let status = ended.status.as_ref().expect("a status");
    (status.code() != Code::Ok).then(|| ended.told().1)
}

/// The same of a call that somebody has counted.
async fn refusal_by_limits(requests: &SendRequest<Bytes>) -> Option<String> {
    let counted = async {
        loop {
            match refusal(requests).await {
                Some(reason) if reason == "LIMITS_UNAVAILABLE" => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                said => return said,
            }
        }
    };
    soon("a verdict", counted).await
}

// shows MFN-REPLICA-001
#[tokio::test]
async fn three_replicas_admit_no_more_in_any_second_than_one_would() {
    const RPS: usize = 40;
    let store = RedisProcess::start(&[]);
    let replicas = replicas(&store, &["--rate-limit-rps", "40"]);
    let monitor = store.monitor();
    let connections = join_all(replicas.iter().map(raw)).await;
    let (mut admitted, mut refused) = (0, 0);
    while admitted < 3 * RPS || refused == 0 {
        let calls = (0..300).map(|number| refusal(&connections[number % 3]));
        let said = iter(calls).buffer_unordered(30).collect::<Vec<_>>().await;
        admitted += said.iter().filter(|said| said.is_none()).count();
        refused += said.iter().filter(|said| said.as_deref() == Some("RATE_LIMIT_RPS")).count();
    }
    let times = monitor.pushed(admitted);
    let spans = times.windows(RPS + 1).map(|calls| calls[RPS] - calls[0]);
    assert!(spans.min().is_some_and(|span| span >= SECOND), "{times:?}");
}

/// A stream that has begun, when somebody has counted it. It has a connection of its own,
/// whose window it fills: its frames are large, and nobody reads on.
async fn stream(replica: &Serving) -> (SendRequest<Bytes>, RecvStream) {
    let message = Bytes::from(encoded(&endless_stream(true)));
    let requests = raw(replica).await;
    let begun = async {
        loop {
            let mut ready = requests.clone().ready().await.expect("the connection is open");
            let sent = ready.send_request(signed(KEY, STREAM), false);
            let (response, mut sender) = sent.expect("it is sent");
            sender.send_data(message.clone(), true).expect("it is sent");
            let mut stream = response.await.expect("an answer").into_body();
            if stream.data().await.is_some() {
                return stream;
            }
        }
    };
    let stream = soon("a stream", begun).await;
    (requests, stream)
}

/// Waits until a call is admitted there.
async fn has_place(requests: &SendRequest<Bytes>) {
    let place = async {
        while refusal(requests).await.is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    soon("a place", place).await;
}

// shows MFN-REPLICA-002, MFN-REPLICA-004
#[tokio::test]
async fn three_replicas_have_no_more_calls_open_than_one_would_and_a_dead_one_has_none() {
    let store = RedisProcess::start(&[]);
    let flags = ["--rate-limit-rps", "0", "--rate-limit-concurrent", "6"];
    let replicas = replicas(&store, &flags);
    let connections = join_all(replicas.iter().map(raw)).await;
    let mut streams = Vec::new();
    for replica in replicas.iter().chain(&replicas) {
        streams.push(stream(replica).await);
    }
    let full = Some("RATE_LIMIT_CONCURRENT".to_owned());
    for connection in &connections {
        assert_eq!(refusal_by_limits(connection).await, full);
    }
    // The end of a call at one of them makes room at another.
    drop(streams.remove(0));
    has_place(&connections[1]).await;
    streams.push(stream(&replicas[1]).await);
    assert_eq!(refusal_by_limits(&connections[2]).await, full);

    replicas[0].signal("KILL");
    let of_all = lapses(&store);
    assert_eq!(of_all.len(), 6, "a dead replica gives nothing back by itself");
    let latest = now(&store) + LAPSES_WITHIN;
    assert!(of_all.iter().all(|lapse| *lapse <= latest), "{of_all:?} {latest}");
    has_place(&connections[2]).await;
}

// shows MFN-REPLICA-003
#[tokio::test]
async fn a_signature_serves_one_call_of_three_replicas() {
    let store = RedisProcess::start(&[]);
    let replicas = replicas(&store, &["--replay-protection"]);
    let connections = join_all(replicas.iter().map(raw)).await;
    has_place(&connections[0]).await;
    for _ in 0..20 {
        let head = signed(KEY, RUN);
        let calls = connections.iter().map(|at| call(at, head.clone(), encoded(&small())));
        let ended = join_all(calls).await;
        let said: Vec<_> = ended.iter().map(reason).collect();
        let count = |what: Option<&str>| said.iter().filter(|said| said.as_deref() == what).count();
        let (served, unknown) = (count(None), count(Some("LIMITS_UNAVAILABLE")));
        assert!(served == 1 || served == 0 && unknown > 0, "{said:?}");
        assert_eq!(served + unknown + count(Some("SIGNATURE_REPLAYED")), 3, "{said:?}");
    }
}
