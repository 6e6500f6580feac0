//! A replica whose store does not answer.

use std::time::Duration;

use tonic::Code;
use tonic_types::StatusExt as _;

use super::replicas::{KEY, refusal};
use crate::admin::Admin;
use crate::caller::{RUN, call, encoded, raw, small};
use crate::serving::{Serving, mfn};
use crate::signed::signed;
use crate::soon;
use redis_process::{RedisProcess, free_port};

const FALLBACK: &str = "mfn_shared_limits_fallback";

fn replica(admin: &Admin, url: &str, flags: &[&str]) -> Serving {
    let mut command = mfn(&["serve", "--port", "0", "--host", "127.0.0.1"]);
    command.args(admin.flags()).args(["--shared-limits-url", url]).args(flags);
    command.env("MFN_API_KEYS", KEY).env("MFN_GRPC_AUDIT_LOG", "off");
    Serving::start_command(&mut command)
}

// shows MFN-REPLICA-005, MFN-METRIC-011
#[tokio::test]
async fn without_the_store_a_replica_keeps_to_its_own_limits_and_then_shares_again() {
    let mut store = RedisProcess::start(&[]);
    let (admin, url) = (Admin::new(), format!("redis://127.0.0.1:{}", store.port()));
    let server = replica(&admin, &url, &["--rate-limit-rps", "1"]);
    let requests = raw(&server).await;
    admin.metrics_when(|metrics| metrics[FALLBACK] == 0).await;
    store.stop();
    admin.metrics_when(|metrics| metrics[FALLBACK] == 1).await;
    // A second may be over between two calls, on a machine that is busy elsewhere.
    let at_the_limit = async {
        let (mut calls, mut pair) = (0, [None, None]);
        while pair != [None, Some("RATE_LIMIT_RPS".to_owned())] {
            pair = [refusal(&requests).await, refusal(&requests).await];
            calls += 2;
        }
        calls
    };
    let calls = soon("a call at the limit", at_the_limit).await;
    let metrics = admin.metrics().await;
    assert_eq!(crate::admin::sum(&metrics, &["mfn_shared_limits_failures_total{"]), calls);
    let asked = "mfn_shared_limits_round_trip_seconds_count";
    assert_eq!(metrics[asked], 0);
    store.restart();
    admin.metrics_when(|metrics| metrics[FALLBACK] == 0).await;
    while refusal(&requests).await.is_some() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    admin.metrics_when(|metrics| metrics[asked] > 0).await;
}

// shows MFN-REPLICA-005, MFN-ERR-022
#[tokio::test]
async fn without_the_store_a_replica_refuses_where_it_is_told_to_or_a_signature_serves_once() {
    let url = format!("redis://127.0.0.1:{}", free_port());
    let refuse = ["--shared-limits-fallback", "refuse"];
    for flags in [&refuse[..], &["--replay-protection"]] {
        let admin = Admin::new();
        let server = replica(&admin, &url, flags);
        let requests = raw(&server).await;
        let ended = call(&requests, signed(KEY, RUN), encoded(&small())).await;
        assert_eq!(ended.told(), (Code::Unavailable, "LIMITS_UNAVAILABLE".to_owned()));
        let status = ended.status.as_ref().expect("a status");
        let hint = status.get_details_retry_info().and_then(|info| info.retry_delay);
        assert_eq!(hint, Some(Duration::from_secs(1)));
        assert_eq!(ended.metadata["grpc-retry-pushback-ms"], "1000");
        let refused = "mfn_refused_total{reason=\"LIMITS_UNAVAILABLE\"}";
        admin.metrics_when(|metrics| metrics[refused] == 1).await;
    }
}

// shows MFN-REPLICA-005
#[tokio::test]
async fn a_store_that_stands_still_keeps_nobody_waiting() {
    let store = RedisProcess::start(&[]);
    let (admin, url) = (Admin::new(), format!("redis://127.0.0.1:{}", store.port()));
    let server = replica(&admin, &url, &[]);
    let requests = raw(&server).await;
    admin.metrics_when(|metrics| metrics[FALLBACK] == 0).await;
    store.signal("STOP");
    admin.metrics_when(|metrics| metrics[FALLBACK] == 1).await;
    for _ in 0..200 {
        assert_eq!(refusal(&requests).await, None);
    }
    // They have not even asked.
    let failures = "mfn_shared_limits_failures_total{reason=\"away\"}";
    assert_eq!(admin.metrics().await[failures], 200);
    store.signal("CONT");
    admin.metrics_when(|metrics| metrics[FALLBACK] == 0).await;
}
