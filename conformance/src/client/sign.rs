//! The three headers that sign a call, well or as badly as a case asks for.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mfn_access::{Header, Secret, Signer};

use crate::case::{Alter, Sign};

/// The key.
pub const API_KEY: &str = Header::ApiKey.name();
/// When the call was signed.
pub const TIMESTAMP: &str = Header::Timestamp.name();
/// The signature.
pub const SIGNATURE: &str = Header::Signature.name();

/// Decimals of a timestamp, unless a case says otherwise.
const DECIMALS: u8 = 3;

/// The time, since 1970.
#[must_use]
pub fn unix_now() -> Duration {
    // Not before 1970, or nothing of this works.
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The headers of a call to `path`, signed with `key`, as `sign` has it.
///
/// # Errors
/// The key is none that can sign.
pub fn headers(
    sign: &Sign,
    key: &str,
    path: &str,
    now: Duration,
) -> Result<[(&'static str, String); 3], String> {
    let key = sign.unknown_key.as_deref().unwrap_or(key);
    let secret = Secret::new(key).map_err(|bad| format!("the key {bad}"))?;
    let timestamp = sign.timestamp.clone().unwrap_or_else(|| timestamp(sign, now));
    let signed =
        sign.method.as_ref().map_or_else(|| path.to_owned(), |method| format!("/{method}"));
    let signature = Signer::new(&secret).sign(timestamp.as_bytes(), &signed).to_string();
    let signature = match sign.alter {
        None => signature,
        Some(how) => altered(signature, how),
    };
    let shown = sign.show_key.clone().unwrap_or_else(|| key.to_owned());
    Ok([(API_KEY, shown), (TIMESTAMP, timestamp), (SIGNATURE, signature)])
}

fn timestamp(sign: &Sign, now: Duration) -> String {
    let skew = sign.skew_seconds.unwrap_or(0.0);
    let then = now.as_secs_f64() + skew;
    // By parts: a double has not the digits for nanoseconds.
    let whole = then.floor().max(0.0);
    let nanos = ((then - whole) * 1e9) as u32;
    let decimals = usize::from(sign.decimals.unwrap_or(DECIMALS).min(9));
    let fraction = format!("{nanos:09}");
    match decimals {
        0 => format!("{whole:.0}"),
        _ => format!("{whole:.0}.{}", &fraction[..decimals]),
    }
}

fn altered(signature: String, how: Alter) -> String {
    match how {
        Alter::FlipBit(bit) => with_flipped_bit(&signature, usize::from(bit)),
        Alter::Truncate(digits) => signature.chars().take(usize::from(digits)).collect(),
        Alter::Extend(digits) => signature + &"0".repeat(usize::from(digits)),
        Alter::Uppercase => signature.to_uppercase(),
        Alter::NotHex => signature[..signature.len() - 1].to_owned() + "g",
        Alter::Zero => "0".repeat(signature.len()),
    }
}

/// `digits` with this one of its bits the other way round, counted from 0.
fn with_flipped_bit(digits: &str, bit: usize) -> String {
    let flip = |(place, digit): (usize, char)| {
        let mask = if place == bit / 4 { 8 >> (bit % 4) } else { 0 };
        digit.to_digit(16).and_then(|value| char::from_digit(value ^ mask, 16)).unwrap_or(digit)
    };
    digits.chars().enumerate().map(flip).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/mfn.MFNSimulationService/RunSimulation";
    const NOW: Duration = Duration::new(1_700_000_000, 0);
    // The example of spec/authentication.md.
    const SIGNED: &str = "05d17f75d6488b56b27205370b881a08c5356c64f0bfa0a3f92139f046138379";

    fn sent(sign: &Sign) -> [String; 3] {
        headers(sign, "test-key", PATH, NOW).expect("a key").map(|(_, value)| value)
    }

    #[test]
    fn a_call_is_signed_well_unless_it_is_asked_otherwise() {
        let timestamp = Some("1700000000".to_owned());
        let sign = Sign { timestamp, ..Sign::default() };
        assert_eq!(sent(&sign), ["test-key", "1700000000", SIGNED]);
        let altered = |alter| sent(&Sign { alter: Some(alter), ..sign.clone() })[2].clone();
        assert_eq!(altered(Alter::Uppercase), SIGNED.to_uppercase());
        assert_eq!(altered(Alter::Truncate(32)), SIGNED[..32]);
        assert_eq!(altered(Alter::FlipBit(0)), format!("8{}", &SIGNED[1..]));
        assert_eq!(altered(Alter::FlipBit(255)), format!("{}8", &SIGNED[..63]));
    }

    #[test]
    fn an_unknown_key_signs_and_is_sent_in_the_place_of_a_known_one() {
        let (timestamp, unknown_key) = (Some("1700000000".to_owned()), Some("other".to_owned()));
        let signed = sent(&Sign { unknown_key, timestamp, ..Sign::default() });
        assert_eq!((signed[0].as_str(), signed[2].len()), ("other", SIGNED.len()));
        assert_ne!(signed[2], SIGNED);
    }

    #[test]
    fn a_skew_is_ahead_of_the_clock() {
        let at = |skew, decimals| {
            let sign =
                Sign { skew_seconds: Some(skew), decimals: Some(decimals), ..Sign::default() };
            sent(&sign)[1].clone()
        };
        assert_eq!(at(0.0, 0), "1700000000");
        assert_eq!(at(-300.0, 3), "1699999700.000");
        assert_eq!(at(0.5, 9), "1700000000.500000000");
    }
}
