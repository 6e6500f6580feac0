//! From headers to a key, and the order of reasons.

use std::time::Duration;

use crate::authenticate::{Authenticated, Header, Occurrence, Presented, Refusal, authenticate};
use crate::keys::{KeySet, KeySettings, Limits, Secret};
use crate::replay::NotOnce;
use crate::signature::Signer;
use crate::timestamp::Timestamp;
use Occurrence::{Absent, Once, Repeated};

const METHOD: &str = "/mfn.MFNSimulationService/RunSimulation";

fn keys() -> KeySet {
    let secrets = ["first", "second"].map(|secret| Secret::new(secret).expect("a secret"));
    let settings = secrets.map(|secret| KeySettings::bare(secret, Limits::default()));
    KeySet::new(settings.into()).expect("a set")
}

fn sign(secret: &str, timestamp: &str) -> String {
    let secret = Secret::new(secret).expect("a secret");
    Signer::new(&secret).sign(timestamp.as_bytes(), METHOD).to_string()
}

fn presented<'a>(key: &'a str, timestamp: &'a str, signature: &'a str) -> Presented<'a> {
    Presented {
        api_key: Once(key.as_bytes()),
        timestamp: Once(timestamp.as_bytes()),
        signature: Once(signature.as_bytes()),
    }
}

fn now() -> Timestamp {
    Timestamp::from_unix(Duration::from_secs(1_700_000_000))
}

fn refusal(presented: Presented<'_>) -> Option<Refusal> {
    authenticate(&keys(), presented, METHOD, now()).err()
}

#[test]
fn the_headers_have_the_names_of_the_spec() {
    assert_eq!(Header::ALL.map(Header::name), ["x-api-key", "x-timestamp", "x-signature"]);
}

// shows MFN-AUTH-007
#[test]
fn each_key_is_known_by_what_it_signed() {
    let keys = keys();
    for (secret, expected) in ["first", "second"].into_iter().zip(keys.keys()) {
        let signature = sign(secret, "1700000000");
        let presented = presented(secret, "1700000000", &signature);
        let Authenticated { key, .. } =
            authenticate(&keys, presented, METHOD, now()).expect("signed");
        assert_eq!(key.id(), expected.id());
    }
}

// shows MFN-AUTH-009
#[test]
fn an_unknown_key_and_a_wrong_signature_look_the_same() {
    let time = "1700000000";
    let right = sign("first", time);
    let cases = [
        presented("unknown", time, &right),
        presented("second", time, &right),
        presented("first", "1700000001", &right),
        presented("first", time, "00"),
        presented("first", time, ""),
        presented("", time, &right),
    ];
    for case in cases {
        assert_eq!(refusal(case), Some(Refusal::NotVerified));
    }
    let long = "f".repeat(10_000);
    assert_eq!(refusal(presented(&long, time, &right)), Some(Refusal::NotVerified));
    // Not even with the signature of the empty key, which stands in for them.
    let empty = Signer::keyed_with(&[]).sign(time.as_bytes(), METHOD).to_string();
    assert_eq!(refusal(presented("unknown", time, &empty)), Some(Refusal::NotVerified));
}

#[test]
fn another_method_is_another_signature() {
    let time = "1700000000";
    let signature = sign("first", time);
    let other = "/mfn.MFNSimulationService/StreamSimulation";
    let keys = keys();
    let refused = authenticate(&keys, presented("first", time, &signature), other, now());
    assert_eq!(refused.err(), Some(Refusal::NotVerified));
}

// shows MFN-AUTH-003, MFN-AUTH-022, MFN-AUTH-023
#[test]
fn each_header_is_needed_once() {
    let signature = sign("first", "1700000000");
    let good = presented("first", "1700000000", &signature);
    let with = |header, occurrence| match header {
        Header::ApiKey => Presented { api_key: occurrence, ..good },
        Header::Timestamp => Presented { timestamp: occurrence, ..good },
        Header::Signature => Presented { signature: occurrence, ..good },
    };
    for header in Header::ALL {
        assert_eq!(refusal(with(header, Absent)), Some(Refusal::Missing(header)));
        assert_eq!(refusal(with(header, Repeated)), Some(Refusal::Repeated(header)));
        let not_ascii = Once("\u{e4}".as_bytes());
        assert_eq!(refusal(with(header, not_ascii)), Some(Refusal::NotAscii(header)));
    }
    assert_eq!(refusal(good), None);
}

#[test]
fn the_first_reason_in_the_documented_order_is_told() {
    let absent = Presented { api_key: Repeated, timestamp: Once(b"nan"), signature: Absent };
    assert_eq!(refusal(absent), Some(Refusal::Missing(Header::Signature)));
    assert_eq!(refusal(presented("unknown", "nan", "")), Some(Refusal::MalformedTimestamp));
    assert_eq!(refusal(presented("unknown", "1", "")), Some(Refusal::NotVerified));
}

#[test]
fn occurrences_are_counted() {
    let of = |values: &[&'static [u8]]| Occurrence::of(values.iter().copied());
    assert!(matches!(of(&[]), Absent));
    assert!(matches!(of(&[b"a"]), Once(b"a")));
    assert!(matches!(of(&[b"a", b"a"]), Repeated));
}

#[test]
fn only_who_signed_is_told_of_the_window() {
    let early = "1699999699.999999999";
    let refused = refusal(presented("first", early, &sign("first", early)));
    let Some(Refusal::OutsideWindow { skew, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(skew.to_string(), "-300.000000001");
    assert_eq!(
        refused.map(|refusal| refusal.to_string()).as_deref(),
        Some(
            "set the clock, or sign the call anew: x-timestamp is 300.000000001 s behind the server's time, allowed is 300 s"
        )
    );
    assert_eq!(refusal(presented("first", early, "00")), Some(Refusal::NotVerified));
    assert_eq!(refusal(presented("first", "1699999700", &sign("first", "1699999700"))), None);
}

// shows MFN-AUTH-017
#[test]
fn a_signature_can_be_used_up() {
    let keys = keys();
    let signature = sign("first", "1700000000");
    let call = presented("first", "1700000000", &signature);
    let first = authenticate(&keys, call, METHOD, now()).expect("signed");
    assert_eq!(first.use_up(), Ok(()));
    let replay = authenticate(&keys, call, METHOD, now()).expect("signed");
    assert_eq!(replay.use_up(), Err(NotOnce::Used));
    first.give_back();
    assert_eq!(replay.use_up(), Ok(()));
}
