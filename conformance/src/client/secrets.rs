//! Looks for keys where none may be (MFN-AUTH-018): in every answer of every test.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::HeaderMap;
use percent_encoding::percent_decode;

use super::answer::BASE64;

/// The shortest part of a key that is looked for. Shorter ones, and keys that are
/// shorter, may be words.
const LEAST_PART: usize = 8;

/// What no answer may have: of each key, three quarters wherever they are, and the
/// whole in hexadecimal digits or in base64.
#[derive(Clone)]
pub struct Secrets {
    texts: Arc<[Text]>,
    /// The bytes that texts begin with: most of an answer is passed over by them.
    beginnings: Arc<[bool; 256]>,
}

/// What is looked for.
struct Text {
    bytes: Vec<u8>,
    /// What a report calls the key, which it does not have either.
    key: String,
}

impl Secrets {
    /// Those of `keys`.
    #[must_use]
    pub fn of(keys: &[String]) -> Self {
        let mut texts = Vec::new();
        let mut beginnings = [false; 256];
        for (place, key) in (1..).zip(keys) {
            let name = format!("key {place} of {}", keys.len());
            for bytes in texts_of(key.as_bytes()) {
                beginnings[usize::from(bytes[0])] = true;
                texts.push(Text { bytes, key: name.clone() });
            }
        }
        Self { texts: texts.into(), beginnings: Arc::new(beginnings) }
    }

    /// The name of the first key that is in `bytes`, or a part of it.
    #[must_use]
    pub fn found_in(&self, bytes: &[u8]) -> Option<&str> {
        let may_begin = |place: &usize| self.beginnings[usize::from(bytes[*place])];
        (0..bytes.len()).filter(may_begin).find_map(|place| {
            let found = self.texts.iter().find(|text| bytes[place..].starts_with(&text.bytes))?;
            Some(found.key.as_str())
        })
    }

    /// The same of metadata, which may be encoded: the key's name and the entry's.
    pub(super) fn found_in_metadata<'a>(&self, headers: &'a HeaderMap) -> Option<(&str, &'a str)> {
        headers.iter().find_map(|(name, value)| {
            let decoded = percent_decode(value.as_bytes()).collect::<Vec<_>>();
            let binary = BASE64.decode(value.as_bytes()).unwrap_or_default();
            let all = [value.as_bytes(), &decoded, &binary];
            let found = all.into_iter().find_map(|bytes| self.found_in(bytes))?;
            Some((found, name.as_str()))
        })
    }
}

fn texts_of(key: &[u8]) -> Vec<Vec<u8>> {
    if key.len() < LEAST_PART {
        return Vec::new();
    }
    let length = (key.len() * 3 / 4).max(LEAST_PART);
    let mut texts: Vec<_> = key.windows(length).map(<[u8]>::to_vec).collect();
    let digits = key.iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"));
    texts.extend([digits.to_uppercase().into(), digits.into()]);
    texts.push(STANDARD_NO_PAD.encode(key).into());
    texts
}

/// Without the keys.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const KEY: &str = "a-key-of-some-length";

    fn secrets() -> Secrets {
        Secrets::of(&["short".to_owned(), KEY.to_owned()])
    }

    #[test]
    fn a_key_is_found_whole_and_in_part_and_encoded() {
        let encoded = STANDARD_NO_PAD.encode(KEY);
        // `xxd -p` says the same.
        let digits = "612d6b65792d6f662d736f6d652d6c656e677468";
        for text in [KEY, &KEY[..16], &KEY[4..], &encoded, digits, &digits.to_uppercase()] {
            let text = format!("the caller {text} may not");
            assert_eq!(secrets().found_in(text.as_bytes()), Some("key 2 of 2"), "{text}");
        }
    }

    #[test]
    fn words_and_short_keys_are_not_taken_for_keys() {
        for text in ["", "a-key", "a key of some length", "short"] {
            assert_eq!(secrets().found_in(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn metadata_are_decoded() {
        let of = |value: &str| {
            let value = HeaderValue::from_str(value).expect("a value");
            HeaderMap::from_iter([(http::HeaderName::from_static("x"), value)])
        };
        let encoded = STANDARD_NO_PAD.encode(format!("?{KEY}"));
        let secrets = secrets();
        for value in [KEY, "a%2Dkey%2Dof%2Dsome%2Dlength", &encoded] {
            let headers = of(value);
            let found = secrets.found_in_metadata(&headers);
            assert_eq!(found, Some(("key 2 of 2", "x")), "{value}");
        }
        assert_eq!(secrets.found_in_metadata(&of("key-62af8704")), None);
    }
}
