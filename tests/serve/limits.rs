//! How often each key may call, and how many at once.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream::{StreamExt as _, iter};
use h2::client::SendRequest;
use mfn_proto::SimulationStreamRequest;
use tokio::time::{Instant, sleep};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::by_hand::{ByHand, DATA, END_STREAM, HEADERS, WINDOW_UPDATE, frame, headers};
use crate::caller::{Ended, RUN, STREAM, call, encoded, endless, open_stream, raw, small};
use crate::serving::Serving;
use crate::signed::{SIGNATURE, set, signed};
use crate::soon;

const KEY: &str = "key-of-the-tests";
const OTHER: &str = "another-key";
const SECOND: Duration = Duration::from_secs(1);

fn reason(ended: &Ended) -> Option<String> {
    let status = ended.status.as_ref().expect("a status");
    (status.code() != Code::Ok).then(|| ended.told().1)
}

async fn reason_of_call(requests: &SendRequest<Bytes>, key: &str) -> Option<String> {
    reason(&call(requests, signed(key, RUN), encoded(&small())).await)
}

// shows MFN-LIMIT-001, MFN-LIMIT-002, MFN-LIMIT-003, MFN-LIMIT-007
#[tokio::test]
async fn of_a_burst_of_3000_calls_1000_are_admitted_and_again_after_the_hint() {
    let keys = format!("{KEY},{OTHER}");
    let server = Serving::start_with_keys(&keys, &["--rate-limit-concurrent", "0"]);
    let connections = join_all((0..10).map(|_| raw(&server))).await;
    let start = Instant::now();
    let burst = connections.iter().map(|requests| {
        let calls = (0..300).map(|_| call(requests, signed(KEY, RUN), encoded(&small())));
        // A client that leaves more answers unread is sent away by its own h2.
        iter(calls).buffer_unordered(50).collect::<Vec<_>>()
    });
    let undisturbed = iter((0..100).map(|n| reason_of_call(&connections[n % 10], OTHER)));
    let undisturbed = undisturbed.buffer_unordered(10).collect::<Vec<_>>();
    let (answers, undisturbed) = tokio::join!(join_all(burst), undisturbed);
    let took = start.elapsed();
    let answers: Vec<_> = answers.into_iter().flatten().collect();
    assert!(undisturbed.iter().all(Option::is_none));
    let admitted = answers.iter().filter(|ended| reason(ended).is_none()).count();
    // A machine that took longer than a second for the burst may admit more.
    let windows = took.as_secs() as usize + 1;
    assert!(admitted >= 1000 && admitted <= 1000 * windows, "{admitted} in {took:?}");
    assert!(windows > 1 || admitted == 1000, "{admitted} in {took:?}");

    let last = answers.iter().rfind(|ended| reason(ended).is_some()).expect("a refusal");
    assert_eq!(last.told(), (Code::ResourceExhausted, "RATE_LIMIT_RPS".to_owned()));
    let status = last.status.as_ref().expect("a status");
    let hint = status.get_details_retry_info().and_then(|info| info.retry_delay);
    let hint = hint.expect("a delay");
    assert!(hint > Duration::ZERO && hint <= SECOND, "{hint:?}");
    let quota = status.get_details_quota_failure().expect("a QuotaFailure").violations;
    assert_eq!(quota.len(), 1);
    assert!(quota[0].subject.starts_with("key-"), "{quota:?}");
    assert!(quota[0].description.contains("1000"), "{quota:?}");
    let header = |name: &str| last.metadata[name].to_str().expect("text").parse::<u64>();
    assert_eq!(header("grpc-retry-pushback-ms"), Ok(hint.as_nanos().div_ceil(1_000_000) as u64));
    assert_eq!(header("retry-after"), Ok(1));

    // Just so long, since a hint that is too short would be a wrong one.
    sleep(hint).await;
    assert_eq!(reason_of_call(&connections[0], KEY).await, None);
}

// shows MFN-LIMIT-008
#[tokio::test]
async fn calls_that_are_refused_for_their_signature_cost_their_key_nothing() {
    let server = Serving::start_with_keys(KEY, &["--rate-limit-rps", "1"]);
    let requests = raw(&server).await;
    for _ in 0..20 {
        let wrong = join_all((0..500).map(|_| {
            let mut head = signed(KEY, RUN);
            set(&mut head, SIGNATURE, &"0".repeat(64));
            call(&requests, head, Vec::new())
        }));
        let told: Vec<_> = wrong.await.iter().map(|ended| ended.told().1).collect();
        assert!(told.iter().all(|reason| reason == "CREDENTIALS_INVALID"));
    }
    assert_eq!(reason_of_call(&requests, KEY).await, None);
    assert_eq!(reason_of_call(&requests, KEY).await.as_deref(), Some("RATE_LIMIT_RPS"));
}

// shows MFN-LIMIT-004, MFN-LIMIT-005, MFN-LIMIT-006, MFN-LIMIT-007
#[tokio::test]
async fn places_are_counted_over_all_connections_and_come_back_however_a_call_ends() {
    let flags = ["--rate-limit-concurrent", "2", "--rate-limit-rps", "0"];
    let server = Serving::start_with_keys(&format!("{KEY},{OTHER}"), &flags);
    let (one, other) = (raw(&server).await, raw(&server).await);
    let streams = [
        open_stream(&one, signed(KEY, STREAM)).await,
        open_stream(&other, signed(KEY, STREAM)).await,
    ];
    let refused = call(&other, signed(KEY, RUN), encoded(&small())).await;
    assert_eq!(refused.told(), (Code::ResourceExhausted, "RATE_LIMIT_CONCURRENT".to_owned()));
    let status = refused.status.as_ref().expect("a status");
    assert!(status.get_details_retry_info().is_some());
    assert_eq!(status.get_details_quota_failure().map(|quota| quota.violations.len()), Some(1));
    assert_eq!(reason_of_call(&one, OTHER).await, None);

    // Cancelled calls give their places back.
    drop(streams);
    let both_free = || async {
        loop {
            let calls = [(); 2].map(|()| reason_of_call(&other, KEY));
            if join_all(calls).await.iter().all(Option::is_none) {
                return;
            }
        }
    };
    soon("both places", both_free()).await;

    // So do those that are refused, that are answered, and that run out of time.
    for _ in 0..10 {
        let mut late = signed(KEY, RUN);
        set(&mut late, "grpc-timeout", "20m");
        let ended = call(&one, late, encoded(&endless())).await;
        assert_eq!(reason(&ended).as_deref(), Some("DEADLINE"));
        // Its computation holds the place until it has stopped, and none of those
        // before it does any more.
        let malformed = call(&one, signed(KEY, RUN), vec![0, 0, 0, 0, 1, 255]).await;
        assert_eq!(reason(&malformed).as_deref(), Some("MALFORMED_MESSAGE"));
        let short = SimulationStreamRequest { steps: 100, ..Default::default() };
        assert_eq!(reason(&call(&one, signed(KEY, STREAM), encoded(&short)).await), None);
        soon("both places", both_free()).await;
    }
    // And those whose connection breaks.
    let broken = raw(&server).await;
    let stream = open_stream(&broken, signed(KEY, STREAM)).await;
    drop((broken, stream));
    soon("both places", both_free()).await;
}

// shows MFN-MEM-002, MFN-LIMIT-004
#[tokio::test]
async fn an_answer_that_is_not_read_keeps_its_place_until_it_is() {
    let flags = ["--rate-limit-concurrent", "1", "--rate-limit-rps", "0"];
    let server = Serving::start_with_keys(KEY, &flags);
    let mut unread = ByHand::open_without_windows(&server).await;
    unread.send(&headers(1, &signed(KEY, RUN))).await;
    unread.send(&frame(DATA, END_STREAM, 1, &encoded(&small()))).await;
    // With its head nothing is left to compute.
    unread.find("the head", |frame| frame.kind == HEADERS).await;
    let other = raw(&server).await;
    assert_eq!(reason_of_call(&other, KEY).await.as_deref(), Some("RATE_LIMIT_CONCURRENT"));
    unread.send(&frame(WINDOW_UPDATE, 0, 1, &1024_u32.to_be_bytes())).await;
    unread.ended(&[1]).await;
    let free = async { while reason_of_call(&other, KEY).await.is_some() {} };
    soon("its place", free).await;
}

// shows MFN-LIMIT-010
#[tokio::test]
async fn without_keys_all_callers_share_the_limits() {
    let mut limited = crate::serving::mfn(&["serve", "--port", "0", "--rate-limit-rps", "2"]);
    let server = Serving::start_command(limited.env("MFN_GRPC_AUDIT_LOG", "off"));
    let mut admitted = 0;
    for _ in 0..3 {
        let requests = raw(&server).await;
        let ended = call(&requests, crate::caller::head(RUN), encoded(&small())).await;
        admitted += usize::from(reason(&ended).is_none());
        if let Some(reason) = reason(&ended) {
            assert_eq!(reason, "RATE_LIMIT_RPS");
            let quota = ended.status.and_then(|status| status.get_details_quota_failure());
            assert_eq!(quota.expect("a QuotaFailure").violations[0].subject, "anonymous");
        }
    }
    assert_eq!(admitted, 2);
}
