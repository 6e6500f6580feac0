//! Signatures: published answers, and every kind of fault.

use proptest::prelude::*;

use crate::keys::Secret;
use crate::signature::Signer;

const METHOD: &str = "/mfn.MFNSimulationService/RunSimulation";
const TIMESTAMP: &[u8] = b"1700000000";

fn signer(secret: &str) -> Signer {
    Signer::new(&Secret::new(secret).expect("a secret"))
}

// RFC 4231, test cases 1, 2 and 6, cut in two anywhere.
#[test]
fn the_answers_of_rfc_4231_are_given() {
    let cases: [(&[u8], &str, &str); 3] = [
        (
            &[0x0b; 20],
            "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe",
            "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            &[0xaa; 131],
            "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ];
    for (key, data, expected) in cases {
        for cut in 0..=data.len() {
            let (timestamp, method) = data.split_at(cut);
            let signature = Signer::keyed_with(key).sign(timestamp.as_bytes(), method);
            assert_eq!(signature.to_string(), expected);
        }
    }
}

// shows MFN-AUTH-007
#[test]
fn the_example_of_the_specification_is_right() {
    let signature = signer("test-key").sign(TIMESTAMP, METHOD).to_string();
    assert_eq!(signature, "05d17f75d6488b56b27205370b881a08c5356c64f0bfa0a3f92139f046138379");
    assert!(signer("test-key").verify(TIMESTAMP, METHOD, signature.as_bytes()).is_some());
}

// shows MFN-AUTH-008
#[test]
fn digits_may_be_of_either_case() {
    let signer = signer("test-key");
    let lower = signer.sign(TIMESTAMP, METHOD).to_string();
    let upper = lower.to_ascii_uppercase();
    assert_ne!(lower, upper);
    assert!(signer.verify(TIMESTAMP, METHOD, upper.as_bytes()).is_some());
}

// The kinds of faults of Wycheproof's HMAC vectors.
#[test]
fn other_tags_are_refused() {
    let signer = signer("test-key");
    let tag = signer.sign(TIMESTAMP, METHOD).to_string();
    let half_right = format!("{}{}", &tag[..32], "0".repeat(32));
    let faults = [
        String::new(),
        tag[..32].to_owned(),
        tag[..62].to_owned(),
        tag[..63].to_owned(),
        format!("{tag}00"),
        format!("{tag}0"),
        format!(" {tag}"),
        format!("{tag} "),
        format!("0x{tag}"),
        half_right,
        "0".repeat(64),
        "f".repeat(64),
        "zz".repeat(32),
        tag.chars().rev().collect(),
        tag.repeat(2),
    ];
    for fault in faults {
        assert!(signer.verify(TIMESTAMP, METHOD, fault.as_bytes()).is_none(), "{fault}");
    }
    assert!(signer.verify(TIMESTAMP, METHOD, tag.as_bytes()).is_some());
}

/// One bit of some bytes, the other way.
fn with_bit_changed(bytes: &[u8], bit: prop::sample::Index) -> Vec<u8> {
    let bit = bit.index(bytes.len() * 8);
    let mut changed = bytes.to_vec();
    changed[bit / 8] ^= 1 << (bit % 8);
    changed
}

proptest! {
    #[test]
    fn no_changed_bit_is_accepted(
        secret in "[!-+\\--~]{1,80}",
        timestamp in "[0-9]{1,12}",
        method in "/[a-zA-Z./]{1,60}",
        bit in any::<prop::sample::Index>(),
    ) {
        let signed = Signer::keyed_with(secret.as_bytes());
        let tag = signed.sign(timestamp.as_bytes(), &method);
        let digits = tag.to_string();
        prop_assert!(signed.verify(timestamp.as_bytes(), &method, digits.as_bytes()).is_some());

        let key = Signer::keyed_with(&with_bit_changed(secret.as_bytes(), bit));
        prop_assert!(key.verify(timestamp.as_bytes(), &method, digits.as_bytes()).is_none());
        let time = with_bit_changed(timestamp.as_bytes(), bit);
        prop_assert!(signed.verify(&time, &method, digits.as_bytes()).is_none());
        if let Ok(path) = String::from_utf8(with_bit_changed(method.as_bytes(), bit)) {
            prop_assert!(signed.verify(timestamp.as_bytes(), &path, digits.as_bytes()).is_none());
        }
        let tag = crate::hex::encode(&with_bit_changed(tag.as_bytes(), bit));
        prop_assert!(signed.verify(timestamp.as_bytes(), &method, tag.as_bytes()).is_none());
    }

    #[test]
    fn nothing_that_is_no_signature_breaks_it(digits in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(signer("test-key").verify(TIMESTAMP, METHOD, &digits).is_none());
    }
}
