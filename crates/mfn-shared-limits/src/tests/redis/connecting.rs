//! Who may connect to a store, and how.

use std::time::Duration;

use mfn_access::SharedLimits as _;
use mfn_access::shared::{Question, Unavailable};
use redis_process::free_port;
use tokio::time::{sleep, timeout};

use super::server::{GUARD, RedisServer, until};
use crate::tests::model::{Decision, call, decision, signed};
use crate::{Address, StartError, StoreLimits};

/// Microseconds since 1970, in a future that no test sees.
const LATER: u64 = 4_000_000_000_000_000;

fn address(url: &str) -> Address {
    Address::parse(url).expect("an address")
}

#[tokio::test]
async fn a_password_is_needed_where_there_is_one() {
    let redis = RedisServer::start_with(&["--requirepass", "right"]);
    let url = |password: &str| format!("redis://:{password}@127.0.0.1:{}", redis.port());
    let right = StoreLimits::connect(address(&url("right")), None).expect("a thread");
    until("the password is taken", || right.is_available()).await;
    let wrong = StoreLimits::connect(address(&url("wrong")), None).expect("a thread");
    let without = StoreLimits::connect(redis.address(), None).expect("a thread");
    assert!(!wrong.is_available() && !without.is_available());
}

/// The command of spec/replicas.md, for a password.
fn rule(password: &str) -> Vec<String> {
    let page = include_str!("../../../../../spec/replicas.md");
    let rule = page.lines().find(|line| line.starts_with("ACL SETUSER ")).expect("it has one");
    rule.replace("PASSWORD", password).split_whitespace().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_user_who_may_do_what_the_spec_says_and_nothing_else_can_share_limits() {
    let redis = RedisServer::start();
    let rule = rule("right");
    let rule: Vec<_> = rule.iter().map(String::as_str).collect();
    let _: () = redis.ask(&rule).await;
    let url = format!("redis://mfn:right@127.0.0.1:{}/0", redis.port());
    let limits = StoreLimits::connect(address(&url), None).expect("a thread");
    until("the user is taken", || limits.is_available()).await;
    let mut permits = Vec::new();
    let mut number = 0;
    for question in [call("lab", 0, 9), call("lab", 9, 0), call("lab", 1, 9), call("lab", 1, 9)] {
        for is_signed in [false, true] {
            let mut said = Decision::Missing(Unavailable::Away);
            while matches!(said, Decision::Missing(_)) {
                number += 1;
                let once = signed(number, LATER).once.filter(|_| is_signed);
                let question = Question { once, ..question.clone() };
                said = decision(&limits, question, &mut permits).await;
                assert_ne!(said, Decision::Missing(Unavailable::Failed));
            }
        }
    }
    // Renewals are allowed, too, and releases, and the pings where nothing is renewed.
    let renewed = calls(&redis, "evalsha").await;
    is_called_since(&redis, "evalsha", renewed).await;
    let released = calls(&redis, "zrem").await;
    permits.clear();
    is_called_since(&redis, "zrem", released).await;
    let pinged = calls(&redis, "ping").await;
    is_called_since(&redis, "ping", pinged).await;
    let denied = denied(&redis).await;
    assert!(denied.is_empty(), "{denied:?}");
}

/// Waits until the store tells of more calls of the command than it did `before`, or has denied
/// any.
async fn is_called_since(redis: &RedisServer, command: &str, before: Option<String>) {
    let waiting = async {
        while calls(redis, command).await == before && denied(redis).await.is_empty() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(GUARD, waiting).await.unwrap_or_else(|_| panic!("never called again: {command}"));
}

/// What the store tells of its calls of the command.
async fn calls(redis: &RedisServer, command: &str) -> Option<String> {
    let statistics: String = redis.ask(&["INFO", "commandstats"]).await;
    let start = format!("cmdstat_{command}:");
    statistics.lines().find(|line| line.starts_with(&start)).map(str::to_owned)
}

async fn denied(redis: &RedisServer) -> Vec<redis::Value> {
    redis.ask(&["ACL", "LOG"]).await
}

#[tokio::test]
async fn tls_is_spoken_with_whom_the_roots_vouch_for() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a key");
    let root = certified.cert.pem();
    let files = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = files.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("UTF-8").to_owned()
    };
    let certificate = file("cert.pem", &root);
    let key = file("key.pem", &certified.signing_key.serialize_pem());
    let port = free_port().to_string();
    let arguments = ["--tls-port", &port, "--tls-cert-file", &certificate, "--tls-key-file", &key];
    let arguments = [&arguments[..], &["--tls-auth-clients", "no"]].concat();
    let _redis = RedisServer::start_with(&arguments);
    let url = format!("rediss://localhost:{port}");
    let trusted = StoreLimits::connect(address(&url), Some(root.as_bytes())).expect("a thread");
    until("the certificate is trusted", || trusted.is_available()).await;
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a key");
    let other = other.cert.pem();
    let distrusted = StoreLimits::connect(address(&url), Some(other.as_bytes())).expect("a thread");
    assert!(!distrusted.is_available());
    let empty = StoreLimits::connect(address(&url), Some(b"no certificate"));
    assert!(matches!(empty, Err(StartError::Roots(_))), "{empty:?}");
}
