use super::*;
use crate::oracle_failures::assert_fails_with;

#[test]
fn a_timestamp_is_digits_and_a_fraction_of_them() {
    let nanos = |text: &str| since_epoch(text.as_bytes()).map(|time| time.as_nanos());
    assert_eq!(nanos("1"), Some(1_000_000_000));
    assert_eq!(nanos("1.05"), Some(1_050_000_000));
    assert_eq!(nanos("999999999999.999999999"), Some(999_999_999_999_999_999_999));
    for text in
        ["", "1.", ".5", "+1", "-1", "1.+5", "1 ", "1.1.1", "0x1", "1000000000000", "1.1234567890"]
    {
        assert_eq!(nanos(text), None, "{text:?}");
    }
    assert_eq!(since_epoch(b"\xff"), None);
    let one = Some(Timestamp::from_unix(Duration::from_secs(1)));
    check_timestamp(b"1.0", one);
    for (text, parsed) in [("1.1", one), ("1.0", None), ("+1", one)] {
        assert_fails_with(text, || check_timestamp(text.as_bytes(), parsed));
    }
}

/// RFC 4231, cases 2 and 6: a key shorter than a block, and a longer one.
#[test]
fn a_signature_is_that_of_the_rfc() {
    let short = hmac(b"Jefe", b"what do ya want for nothing?");
    let long = hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First");
    let digits = |bytes: &[u8]| String::from_utf8(hex(bytes)).expect("digits");
    assert_eq!(digits(&short), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_eq!(digits(&long), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

#[test]
fn digits_are_taken_in_either_case_and_nothing_else_is() {
    assert_eq!(bytes_of(b"00fFA5"), Some(vec![0, 255, 0xa5]));
    for digits in [&b"0"[..], b"+1", b"0g", b" 00", b"\xff\xff"] {
        assert_eq!(bytes_of(digits), None, "{}", digits.escape_ascii());
    }
    for (digits, holds) in [("00fFA5", true), ("00ffa6", false), ("00ffa", false)] {
        check_verified(digits.as_bytes(), &[0, 255, 0xa5], holds);
        let wrong = || check_verified(digits.as_bytes(), &[0, 255, 0xa5], !holds);
        assert_fails_with(digits, wrong);
    }
}

#[test]
fn who_is_let_in_is_who_has_signed() {
    let keys = SECRETS
        .map(|text| KeySettings::bare(Secret::new(text).expect("a secret"), Limits::default()));
    let keys = KeySet::new(keys.to_vec()).expect("two keys");
    let signature = Signer::new(&Secret::new(SECRETS[1]).expect("a secret")).sign(b"1", "/");
    let signature = signature.to_string();
    let presented = Presented {
        api_key: Occurrence::Once(SECRETS[1].as_bytes()),
        timestamp: Occurrence::Once(b"1"),
        signature: Occurrence::Once(signature.as_bytes()),
    };
    let at = |seconds| {
        let now = Timestamp::from_unix(Duration::from_secs(seconds));
        authenticate(&keys, presented, "/", now)
    };
    check_verdict(&at(1), Some(SECRETS[1]));
    check_verdict(&at(1000), None);
    assert_fails_with("right: None", || check_verdict(&at(1), None));
    assert_fails_with("left: None", || check_verdict(&at(1000), Some(SECRETS[1])));
    assert_fails_with("Ok(", || check_verdict(&at(1), Some(SECRETS[0])));
}

#[test]
fn a_refusal_tells_no_secret_and_nothing_that_is_not_so() {
    let presented = Presented {
        api_key: Occurrence::Absent,
        timestamp: Occurrence::Repeated,
        signature: Occurrence::Once(b"00"),
    };
    let check = |refusal: Refusal, text: &str| check_refusal(&refusal, text, presented);
    check(Refusal::Missing(Header::ApiKey), "a key is missing");
    for header in [Header::Timestamp, Header::Signature] {
        assert_fails_with("it was shown: b", || check(Refusal::Missing(header), "b"));
    }
    let told = format!("{} is no key", SECRETS[0]);
    assert_fails_with("the secret is in", || check(Refusal::NotVerified, &told));
    assert_fails_with("a control character", || check(Refusal::NotVerified, "a\nb"));
}
