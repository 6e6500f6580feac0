//! Timestamps, signatures, and who is let in by them.

use std::time::Duration;

use mfn_access::{
    Authenticated, Header, KeyId, KeySet, KeySettings, Limits, Occurrence, Presented, Refusal,
    Secret, Signer, Timestamp, authenticate,
};
use sha2::{Digest as _, Sha256};

use crate::input::Input;

#[cfg(test)]
mod tests;

/// The secrets that are known where somebody is to be let in.
pub const SECRETS: [&str; 2] = ["the-first-of-the-keys", "k"];
/// The server's time there.
pub const NOW_SECONDS: u64 = 1_700_000_000;

const METHODS: [&str; 3] =
    ["/mfn.MFNSimulationService/RunSimulation", "/mfn.MFNFeaturesService/ExtractFeatures", "/"];
/// How far a timestamp may be from the server's time (MFN-AUTH-010).
const WINDOW: Duration = Duration::from_mins(5);
/// Bytes that SHA-256 works on at a time.
const BLOCK_BYTES: usize = 64;

/// The first byte chooses what the rest is.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    match input.byte() % 3 {
        0 => timestamp(input.rest()),
        1 => signature(input),
        _ => admission(input),
    }
}

/// `[0-9]{1,12}(\.[0-9]{1,9})?`, to the last digit, and written as it was meant.
fn timestamp(text: &[u8]) {
    let parsed = Timestamp::parse(text).ok();
    check_timestamp(text, parsed);
    if let Some(parsed) = parsed {
        let written = parsed.to_string();
        assert_eq!(Timestamp::parse(written.as_bytes()).ok(), Some(parsed), "{written}");
    }
}

fn check_timestamp(text: &[u8], parsed: Option<Timestamp>) {
    let expected = since_epoch(text).map(Timestamp::from_unix);
    assert_eq!(parsed, expected, "{}", text.escape_ascii());
}

fn since_epoch(text: &[u8]) -> Option<Duration> {
    let text = std::str::from_utf8(text).ok()?;
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |digits: &str, most| {
        (1..=most).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit())
    };
    if !is_number(seconds, 12) || !is_number(fraction, 9) {
        return None;
    }
    Some(Duration::new(seconds.parse().ok()?, format!("{fraction:0<9}").parse().ok()?))
}

/// A signature is HMAC-SHA256 of timestamp and method. Its digits are taken in either
/// case, and nothing else is.
fn signature(mut input: Input<'_>) {
    let text = input.short();
    let Some(secret) = std::str::from_utf8(text).ok().and_then(|text| Secret::new(text).ok())
    else {
        return;
    };
    let timestamp = input.short();
    let method = String::from_utf8_lossy(input.short()).into_owned();
    let signer = Signer::new(&secret);
    let signed = *signer.sign(timestamp, &method).as_bytes();
    assert_eq!(signed, hmac(text, &[timestamp, method.as_bytes()].concat()));

    let digits = changed(hex(&signed), &mut input);
    check_verified(&digits, &signed, signer.verify(timestamp, &method, &digits).is_some());
}

fn check_verified(digits: &[u8], signed: &[u8], is_verified: bool) {
    let holds = bytes_of(digits).as_deref() == Some(signed);
    assert_eq!(is_verified, holds, "{}", digits.escape_ascii());
}

/// A call is let in, as the key that it shows, just if it shows one, a time within the window,
/// and that key's signature of it; and no refusal repeats the secret.
fn admission(mut input: Input<'_>) {
    let secrets = SECRETS.map(|text| Secret::new(text).expect("a secret"));
    let keys = secrets.clone().map(|secret| KeySettings::bare(secret, Limits::default()));
    let keys = KeySet::new(keys.to_vec()).expect("two keys");
    let signing = input.pick(&secrets).clone();
    let (method, signed_method) = (*input.pick(&METHODS), *input.pick(&METHODS));
    let api_key = changed(input.pick(&SECRETS).as_bytes().to_vec(), &mut input);
    let timestamp = if input.byte().is_multiple_of(2) {
        input.short().to_vec()
    } else {
        let seconds = NOW_SECONDS - 310 + u64::from(input.number()) % 620;
        format!("{seconds}.{:09}", input.number() % 1_000_000_000).into_bytes()
    };
    let signature = Signer::new(&signing).sign(&timestamp, signed_method).to_string();
    let signature = changed(signature.into_bytes(), &mut input);

    let now = Duration::from_secs(NOW_SECONDS);
    let presented = Presented {
        api_key: occurrence(&api_key, &mut input),
        timestamp: occurrence(&timestamp, &mut input),
        signature: occurrence(&signature, &mut input),
    };
    let all_once = [presented.api_key, presented.timestamp, presented.signature]
        .iter()
        .all(|shown| matches!(shown, Occurrence::Once(_)));
    let signs = |secret: &&str| {
        let whole = [&timestamp, method.as_bytes()].concat();
        let expected = hmac(secret.as_bytes(), &whole);
        api_key == secret.as_bytes() && bytes_of(&signature).as_deref() == Some(&expected[..])
    };
    let in_time = since_epoch(&timestamp).is_some_and(|time| time.abs_diff(now) <= WINDOW);
    let expected = SECRETS.into_iter().find(signs).filter(|_| all_once && in_time);
    let admitted = authenticate(&keys, presented, method, Timestamp::from_unix(now));
    check_verdict(&admitted, expected);
    if let Err(refusal) = admitted {
        check_refusal(&refusal, &refusal.to_string(), presented);
    }
}

/// Who is let in is the key with the secret that is `expected`, and nobody if none is.
fn check_verdict(admitted: &Result<Authenticated, Refusal>, expected: Option<&str>) {
    let expected = expected.map(|text| KeyId::of_secret(&Secret::new(text).expect("a secret")));
    let told = format!("{:?}", admitted.as_ref().map(|it| it.key.id()));
    assert_eq!(admitted.as_ref().ok().map(|it| it.key.id()), expected.as_ref(), "{told}");
}

/// `text` says it in the words of the `refusal`.
fn check_refusal(refusal: &Refusal, text: &str, presented: Presented<'_>) {
    assert!(!text.contains(SECRETS[0]), "the secret is in {text}");
    assert!(!text.chars().any(char::is_control), "a control character is in {text:?}");
    if let Refusal::Missing(header) = refusal {
        let shown = match header {
            Header::ApiKey => presented.api_key,
            Header::Timestamp => presented.timestamp,
            Header::Signature => presented.signature,
        };
        assert!(matches!(shown, Occurrence::Absent), "it was shown: {text}");
    }
}

/// Mostly once.
fn occurrence<'a>(value: &'a [u8], input: &mut Input<'_>) -> Occurrence<'a> {
    match input.byte() {
        1 => Occurrence::Absent,
        2 => Occurrence::Repeated,
        _ => Occurrence::Once(value),
    }
}

/// As it is, in capital letters, or with a byte of it changed, added or taken away.
fn changed(mut text: Vec<u8>, input: &mut Input<'_>) -> Vec<u8> {
    match input.byte() % 6 {
        1 => text.make_ascii_uppercase(),
        2 => {
            let place = usize::from(input.byte()) % text.len().max(1);
            if let Some(byte) = text.get_mut(place) {
                *byte = input.byte();
            }
        }
        3 => text.push(input.byte()),
        4 => text.truncate(input.byte().into()),
        5 => text = input.short().to_vec(),
        _ => {}
    }
    text
}

/// RFC 2104.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let hashed = Sha256::digest(key);
    let key = if key.len() > BLOCK_BYTES { &hashed[..] } else { key };
    let pad = |byte: u8| {
        let mut block = [byte; BLOCK_BYTES];
        block.iter_mut().zip(key).for_each(|(pad, key)| *pad ^= key);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}

fn bytes_of(digits: &[u8]) -> Option<Vec<u8>> {
    // `from_str_radix` takes a sign.
    if digits.len() % 2 == 1 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let text = std::str::from_utf8(digits).ok()?;
    let pairs = (0..text.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}
