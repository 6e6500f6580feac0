//! Keys, sets of them, and their rotation.

use std::time::Duration;

use crate::keys::{
    KeyId, KeySet, KeySetError, KeySettings, Limits, MAX_KEYS, MAX_SECRET_BYTES, Secret, Service,
    Services,
};
use crate::secret::digest;
use crate::signature::Signer;

fn secret(text: &str) -> Secret {
    Secret::new(text).expect("a secret")
}

fn settings(id: &str, secrets: &[&str]) -> KeySettings {
    KeySettings {
        id: KeyId::new(id).expect("an id"),
        secrets: secrets.iter().map(|text| secret(text)).collect(),
        services: Services::ALL,
        limits: Limits { rps: 2, concurrent: 1, ..Limits::default() },
    }
}

#[test]
fn secrets_are_what_a_header_and_a_list_can_carry() {
    for good in ["a", "!~", &"x".repeat(MAX_SECRET_BYTES)] {
        assert!(Secret::new(good).is_ok(), "{good}");
    }
    for bad in ["", "a,b", "a b", "\u{e4}", "a\n", "a\0", &"x".repeat(MAX_SECRET_BYTES + 1)] {
        let error = Secret::new(bad).expect_err(bad);
        assert!(bad.len() < 3 || !error.to_string().contains(bad), "{error}");
    }
}

// shows MFN-AUTH-020
#[test]
fn a_bare_key_is_named_by_its_hash() {
    let settings = KeySettings::bare(secret("test-key"), Limits::default());
    assert_eq!(settings.id.as_str(), "key-62af8704");
    assert_eq!(settings.services, Services::ALL);
}

#[test]
fn a_key_is_what_it_was_set_to() {
    let mut settings = settings("a", &["1"]);
    settings.services = [Service::Features].into_iter().collect();
    let set = KeySet::new(vec![settings.clone()]).expect("a set");
    let key = &set.keys()[0];
    assert_eq!((key.services(), key.limits()), (settings.services, settings.limits));
}

/// What is too long is known as no other, and is not read to its end.
#[test]
fn a_secret_is_told_from_all_others_up_to_its_last_byte() {
    let longest = "x".repeat(MAX_SECRET_BYTES);
    let [other, longer] = [longest[1..].to_owned() + "y", longest.clone() + "x"];
    assert_ne!(digest(longest.as_bytes()), digest(other.as_bytes()));
    assert_ne!(digest(longest.as_bytes()), digest(longer.as_bytes()));
    assert_eq!(digest(longer.as_bytes()), digest((longer.clone() + "x").as_bytes()));
}

#[test]
fn nothing_prints_a_secret() {
    let secret = secret("very-secret-indeed");
    let signer = Signer::new(&secret);
    let signature = signer.sign(b"1700000000", "/mfn.S/M");
    let printed = format!("{secret:?} {signer:?} {signature:?}");
    assert_eq!(printed, "Secret(..) Signer(..) Signature(..)");
    let settings = vec![settings("lab", &["very-secret-indeed"])];
    let printed = format!("{settings:?} {:?}", KeySet::new(settings.clone()));
    assert!(!printed.contains("very-secret"), "{printed}");
    assert!(printed.contains("lab"), "{printed}");
}

#[test]
fn ids_and_secrets_are_given_once() {
    let twice = |first, second| KeySet::new(vec![first, second]).err();
    let id = |id| KeyId::new(id).expect("an id");
    let same_id = twice(settings("a", &["1"]), settings("a", &["2"]));
    assert_eq!(same_id, Some(KeySetError::IdTwice(id("a"))));
    let same_secret = twice(settings("a", &["1", "2"]), settings("b", &["3", "2"]));
    assert_eq!(same_secret, Some(KeySetError::SecretTwice(id("a"), id("b"))));
    assert_eq!(twice(settings("a", &["1"]), settings("b", &["2"])), None);
    let told = |first, second| KeySetError::SecretTwice(id(first), id(second)).to_string();
    assert_eq!(told("a", "b"), "the keys a and b have a secret in common");
    assert_eq!(told("a", "a"), "a secret is twice in the key a");
}

#[test]
fn a_set_has_one_key_at_least_and_no_more_than_a_server() {
    assert_eq!(KeySet::new(Vec::new()).err(), Some(KeySetError::Empty));
    let key = |n: usize| settings(&n.to_string(), &[&n.to_string()]);
    let more = (0..=MAX_KEYS).map(key).collect();
    assert_eq!(KeySet::new(more).err(), Some(KeySetError::TooMany));
}

#[test]
fn a_service_that_is_named_twice_is_named() {
    let twice: Services = [Service::Features, Service::Features].into_iter().collect();
    assert!(twice.contains(Service::Features));
    assert!(!twice.contains(Service::Simulation));
}

#[test]
fn ids_are_short_and_plain() {
    for bad in ["", "a b", "\u{e4}", "a\"", &"x".repeat(65)] {
        assert!(KeyId::new(bad).is_err(), "{bad}");
    }
    assert!(KeyId::new("a.B-9_").is_ok());
}

#[test]
fn methods_belong_to_services() {
    let of = Service::of_method;
    assert_eq!(of("/mfn.MFNFeaturesService/ExtractFeatures"), Some(Service::Features));
    assert_eq!(of("/mfn.MFNSimulationService/RunSimulation"), Some(Service::Simulation));
    assert_eq!(of("/mfn.MFNValidationService/ValidatePattern"), Some(Service::Validation));
    for other in ["/mfn.MFNFeaturesService", "/grpc.health.v1.Health/Check", "", "/mfn.Other/M"] {
        assert_eq!(of(other), None, "{other}");
    }
    for service in Service::ALL {
        assert_eq!(Service::named(service.name()), Some(service));
        let only: Services = [service].into_iter().collect();
        assert!(Service::ALL.iter().all(|other| only.contains(*other) == (*other == service)));
        assert_eq!(only.to_string(), service.name());
    }
}

// shows MFN-LIMIT-007
#[test]
fn a_key_charges_its_own_calls_only() {
    let set = KeySet::new(vec![settings("a", &["1"]), settings("b", &["2"])]).expect("a set");
    let [a, b] = set.keys() else { panic!("two keys") };
    for _ in 0..2 {
        a.admit(Duration::ZERO).expect("below the limit");
    }
    assert!(a.admit(Duration::ZERO).is_err());
    assert!(b.admit(Duration::ZERO).is_ok());
    let permit = a.acquire().expect("a permit");
    assert!(a.acquire().is_err());
    assert!(b.acquire().is_ok());
    drop(permit);
    assert!(a.acquire().is_ok());
}

// shows MFN-AUTH-021
#[test]
fn a_key_that_stays_keeps_its_charges() {
    let before = KeySet::new(vec![settings("a", &["old"]), settings("b", &["2"])]).expect("a set");
    let permit = before.keys()[0].acquire().expect("a permit");
    before.keys()[0].admit(Duration::ZERO).expect("below the limit");

    let rotated = settings("a", &["new", "old"]);
    let after = before.replaced(vec![rotated, settings("c", &["3"])]).expect("a set");
    let [a, c] = after.keys() else { panic!("two keys") };
    assert_eq!((a.open_calls(), c.open_calls()), (1, 0));
    a.admit(Duration::ZERO).expect("below the limit");
    assert!(a.admit(Duration::ZERO).is_err());
    drop(permit);
    assert_eq!(a.open_calls(), 0);
}

#[test]
fn a_set_that_is_refused_changes_nothing() {
    let before = KeySet::new(vec![settings("a", &["1"])]).expect("a set");
    let mut other = settings("a", &["1"]);
    other.limits = Limits { rps: 1, concurrent: 1, ..Limits::default() };
    assert!(before.replaced(vec![other, settings("b", &["1"])]).is_err());
    for _ in 0..2 {
        before.keys()[0].admit(Duration::ZERO).expect("still two a second");
    }
}
