//! Who is let in.

use bytes::Bytes;
use h2::client::SendRequest;
use http::{HeaderMap, HeaderValue, Request};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::caller::{Ended, RUN, STREAM, call, encoded, head, is_served, raw, small};
use crate::serving::Serving;
use crate::signed::{API_KEY, SIGNATURE, TIMESTAMP, add, seconds_from_now, set, signed, signed_at};
use crate::soon;

const KEY: &str = "key-of-the-tests";

async fn ends(requests: &SendRequest<Bytes>, head: Request<()>) -> Ended {
    call(requests, head, encoded(&small())).await
}

async fn refused(requests: &SendRequest<Bytes>, head: Request<()>) -> String {
    let (code, reason) = ends(requests, head).await.told();
    assert_eq!(code, Code::Unauthenticated, "{reason}");
    reason
}

fn is_ok(ended: &Ended) -> bool {
    ended.status.as_ref().is_some_and(|status| status.code() == Code::Ok)
}

// shows MFN-AUTH-001, MFN-AUTH-007, MFN-AUTH-010
#[tokio::test]
async fn a_signed_call_is_answered_up_to_300_seconds_off() {
    let server = Serving::start_with_keys(&format!("{KEY},another"), &[]);
    assert!(
        server.line.trim_end().ends_with("(plaintext, 2 keys, of MFN_API_KEYS)"),
        "{}",
        server.line
    );
    let requests = raw(&server).await;
    for seconds in [0, -298, 298] {
        let head = signed_at(KEY, RUN, &seconds_from_now(seconds));
        assert!(is_ok(&ends(&requests, head).await), "{seconds}");
    }
    assert!(is_ok(&ends(&requests, signed("another", RUN)).await));
}

// shows MFN-AUTH-011, MFN-AUTH-012
#[tokio::test]
async fn outside_the_window_the_signer_is_told_the_skew_and_nobody_else() {
    let server = Serving::start_with_keys(KEY, &[]);
    let requests = raw(&server).await;
    for (seconds, sign) in [(-302, '-'), (302, '3')] {
        let timestamp = seconds_from_now(seconds);
        let ended = ends(&requests, signed_at(KEY, RUN, &timestamp)).await;
        assert_eq!(ended.told().1, "TIMESTAMP_OUTSIDE_WINDOW");
        let info = ended.status.and_then(|status| status.get_details_error_info());
        let facts = info.expect("an ErrorInfo").metadata;
        assert_eq!(facts["timestamp"], timestamp);
        assert_eq!(facts["max_skew_seconds"], "300");
        assert!(facts["skew_seconds"].starts_with(sign), "{facts:?}");
        let number = |name: &str| facts[name].parse::<f64>().expect("a number");
        let skew = number("timestamp") - number("server_time");
        assert!((skew - number("skew_seconds")).abs() < 1e-3, "{facts:?}");

        let mut unsigned = signed_at(KEY, RUN, &timestamp);
        set(&mut unsigned, SIGNATURE, &"0".repeat(64));
        assert_eq!(refused(&requests, unsigned).await, "CREDENTIALS_INVALID");
    }
}

// shows MFN-AUTH-003, MFN-AUTH-006, MFN-AUTH-022, MFN-AUTH-023, MFN-AUTH-024
#[tokio::test]
async fn each_fault_has_its_reason() {
    let server = Serving::start_with_keys(KEY, &[]);
    let requests = raw(&server).await;
    assert_eq!(refused(&requests, head(RUN)).await, "CREDENTIALS_MISSING");
    for name in [API_KEY, TIMESTAMP, SIGNATURE] {
        let mut without = signed(KEY, RUN);
        without.headers_mut().remove(name);
        assert_eq!(refused(&requests, without).await, "CREDENTIALS_MISSING", "{name}");

        let mut twice = signed(KEY, RUN);
        let value = twice.headers()[name].to_str().expect("ASCII").to_owned();
        add(&mut twice, name, &value);
        assert_eq!(refused(&requests, twice).await, "CREDENTIALS_INVALID", "{name}");

        let mut not_ascii = signed(KEY, RUN);
        set(&mut not_ascii, name, "\u{e4}");
        assert_eq!(refused(&requests, not_ascii).await, "CREDENTIALS_INVALID", "{name}");
    }
    for timestamp in ["nan", "inf", "1e9", " 1", "+1", "1_0", "", "-1", "1.", "1234567890123"] {
        // Signed as it is, so that nothing but the timestamp is wrong.
        let head = signed_at(KEY, RUN, timestamp);
        let reason = refused(&requests, head).await;
        assert_eq!(reason, "TIMESTAMP_MALFORMED", "{timestamp:?}");
    }
}

// shows MFN-AUTH-008, MFN-AUTH-009
#[tokio::test]
async fn an_unknown_key_and_every_wrong_signature_are_answered_alike() {
    let server = Serving::start_with_keys(KEY, &[]);
    let requests = raw(&server).await;
    let timestamp = seconds_from_now(0);
    let good = signed_at(KEY, RUN, &timestamp);
    let right = good.headers()[SIGNATURE].to_str().expect("ASCII").to_owned();
    let bent = |signature: &str| {
        let mut head = signed_at(KEY, RUN, &timestamp);
        set(&mut head, SIGNATURE, signature);
        head
    };
    assert!(is_ok(&ends(&requests, bent(&right.to_uppercase())).await));
    let half = format!("{}{}", &right[..32], "0".repeat(32));
    let mut heads = vec![signed_at("unknown", RUN, &timestamp), signed_at(KEY, STREAM, &timestamp)];
    // Signed for another method.
    *heads[1].uri_mut() = good.uri().clone();
    let signatures = [&right[..32], &right[..63], &format!("{right}00"), &half, "", "zz"];
    heads.extend(signatures.map(bent));
    let mut told = Vec::new();
    for mut head in heads {
        set(&mut head, "x-request-id", "one");
        let status = ends(&requests, head).await.status.expect("a status");
        told.push((status.code(), status.message().to_owned(), status.details().to_vec()));
    }
    assert_eq!(told[0].0, Code::Unauthenticated);
    assert!(told.iter().all(|other| *other == told[0]), "{told:?}");
}

// shows MFN-AUTH-005
#[tokio::test]
async fn trailers_of_a_request_authenticate_nobody() {
    let server = Serving::start_with_keys(&format!("{KEY},another"), &[]);
    let requests = raw(&server).await;
    let with_trailers = async |head: Request<()>, trailers: HeaderMap| {
        let mut ready = requests.clone().ready().await.expect("open");
        let (response, mut sender) = ready.send_request(head, false).expect("it is sent");
        sender.send_data(encoded(&small()).into(), false).expect("it is sent");
        // A server that refuses by the head may have reset the stream by now.
        sender.send_trailers(trailers).ok();
        let (parts, mut body) = response.await.expect("an answer").into_parts();
        while let Some(data) = body.data().await {
            data.expect("no error");
        }
        let trailers = body.trailers().await.expect("no error").unwrap_or(parts.headers);
        tonic::Status::from_header_map(&trailers).expect("a status").code()
    };
    let credentials = signed(KEY, RUN).headers().clone();
    assert_eq!(with_trailers(head(RUN), credentials).await, Code::Unauthenticated);
    let mut other_key = HeaderMap::new();
    other_key.insert(API_KEY, HeaderValue::from_static("another"));
    assert_eq!(with_trailers(signed(KEY, RUN), other_key).await, Code::Ok);
}

// shows MFN-AUTH-014, MFN-AUTH-015, MFN-LIMIT-009
#[tokio::test]
async fn health_is_for_everyone_and_unknown_methods_are_not() {
    let server = Serving::start_with_keys(KEY, &["--rate-limit-rps", "1"]);
    let requests = raw(&server).await;
    for _ in 0..20 {
        let ended = call(&requests, head("/grpc.health.v1.Health/Check"), vec![0; 5]).await;
        assert!(is_ok(&ended), "{ended:?}");
    }
    for path in ["/mfn.MFNSimulationService/Unknown", "/unknown.Service/Method"] {
        assert_eq!(refused(&requests, head(path)).await, "CREDENTIALS_MISSING");
    }
    let ended = ends(&requests, signed(KEY, "/unknown.Service/Method")).await;
    assert_eq!(ended.told(), (Code::Unimplemented, "METHOD_UNKNOWN".to_owned()));
}

// shows MFN-AUTH-016
#[tokio::test]
async fn reflection_is_for_whom_the_setting_says() {
    let path =
        |version| format!("/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo");
    for who in ["public", "authenticated", "off"] {
        let server = Serving::start_with_keys(KEY, &["--reflection", who]);
        let requests = raw(&server).await;
        for version in ["v1", "v1alpha"] {
            let path = path(version);
            let question = vec![0; 5];
            let anyone = call(&requests, head(&path), question.clone()).await;
            let signer = call(&requests, signed(KEY, &path), question).await;
            assert_eq!(is_ok(&anyone), who == "public", "{who} {version}");
            assert_eq!(is_ok(&signer), who != "off", "{who} {version}");
        }
    }
}

// shows MFN-AUTH-017
#[tokio::test]
async fn with_replay_protection_a_signature_serves_one_call() {
    let server = Serving::start_with_keys(KEY, &["--replay-protection"]);
    let (one, other) = (raw(&server).await, raw(&server).await);
    let timestamp = seconds_from_now(0);
    assert!(is_ok(&ends(&one, signed_at(KEY, RUN, &timestamp)).await));
    for requests in [&one, &other] {
        let replay = signed_at(KEY, RUN, &timestamp);
        assert_eq!(refused(requests, replay).await, "SIGNATURE_REPLAYED");
    }
    assert!(is_ok(&ends(&other, signed(KEY, RUN)).await));
}

// shows MFN-AUTH-017, MFN-LIMIT-008
#[tokio::test]
async fn a_call_that_is_refused_for_its_rate_may_be_sent_again_with_its_signature() {
    let server = Serving::start_with_keys(KEY, &["--replay-protection", "--rate-limit-rps", "1"]);
    let requests = raw(&server).await;
    let first = seconds_from_now(0);
    assert!(is_ok(&ends(&requests, signed_at(KEY, RUN, &first)).await));
    // A replay is told first, and costs nothing.
    let replay = signed_at(KEY, RUN, &first);
    assert_eq!(refused(&requests, replay).await, "SIGNATURE_REPLAYED");

    let second = seconds_from_now(0);
    let served_after_refusals = async {
        let mut refusals = 0;
        loop {
            let ended = ends(&requests, signed_at(KEY, RUN, &second)).await;
            if is_ok(&ended) {
                return refusals;
            }
            assert_eq!(ended.told().1, "RATE_LIMIT_RPS");
            refusals += 1;
        }
    };
    assert_ne!(soon("the end of the second", served_after_refusals).await, 0);
}

// shows MFN-AUTH-001, MFN-AUTH-002
#[tokio::test]
async fn without_keys_it_serves_this_machine_unless_it_is_told_to_be_open() {
    for host in ["0.0.0.0", "::", "192.0.2.1"] {
        let refused = crate::serving::mfn(&["serve", "--port", "0", "--host", host]).output();
        let refused = refused.expect("mfn starts");
        assert_eq!(refused.status.code(), Some(2));
        let said = String::from_utf8(refused.stderr).expect("UTF-8");
        assert!(said.contains("--allow-anonymous") && said.contains("MFN_API_KEYS"), "{said}");
    }
    let mut open = Serving::start(&["--host", "0.0.0.0", "--allow-anonymous"]);
    open.address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    is_served(&open).await;
}
