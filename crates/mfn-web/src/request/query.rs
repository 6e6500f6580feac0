//! The query of a GET that makes a call.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::Uri;
use percent_encoding::percent_decode_str;

use crate::fault::Fault;
use crate::protocol::Codec;

/// Base64 for URLs, with its padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// See the module. Its values are as they stand there: each is decoded where it is looked
/// at. Of a parameter that comes twice, the first counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Query<'a> {
    message: Option<&'a str>,
    encoding: Option<&'a str>,
    base64: Option<&'a str>,
    compression: Option<&'a str>,
    connect: Option<&'a str>,
}

impl<'a> Query<'a> {
    pub(crate) fn of(uri: &'a Uri) -> Self {
        Self::parse(uri.query().unwrap_or_default())
    }

    /// What stands behind the question mark.
    fn parse(query: &'a str) -> Self {
        let mut parsed = Self::default();
        for parameter in query.split('&') {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let place = match name {
                "message" => &mut parsed.message,
                "encoding" => &mut parsed.encoding,
                "base64" => &mut parsed.base64,
                "compression" => &mut parsed.compression,
                "connect" => &mut parsed.connect,
                _ => continue,
            };
            place.get_or_insert(value);
        }
        parsed
    }

    /// What the message is written in, if that is known here.
    pub(crate) fn codec(self) -> Option<Codec> {
        match self.encoding.map(decoded).as_deref() {
            Some(b"json") => Some(Codec::Json),
            Some(b"proto") => Some(Codec::Proto),
            _ => None,
        }
    }

    pub(super) fn is_compressed(self) -> bool {
        !matches!(self.compression.map(decoded).as_deref(), None | Some(b"identity" | b""))
    }

    /// The message, which has at most `limit` bytes.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub(super) fn message(self, limit: usize) -> Result<Cow<'a, [u8]>, Fault> {
        let malformed = |text: &str| Err(Fault::Malformed(text.to_owned()));
        if !matches!(self.connect.map(decoded).as_deref(), None | Some(b"v1")) {
            return malformed("send connect=v1 or leave it out: no other version is spoken here");
        }
        let Some(message) = self.message.map(decoded) else {
            return malformed("send the parameter message, which may be empty");
        };
        if message.len() > limit.saturating_mul(2) {
            return Err(Fault::TooLarge { limit });
        }
        let message = if self.base64.map(decoded).as_deref() == Some(b"1") {
            let Ok(message) = BASE64.decode(&message) else {
                return malformed("write the message in base64 for URLs, or leave base64=1 out");
            };
            Cow::Owned(message)
        } else {
            message
        };
        if message.len() > limit { Err(Fault::TooLarge { limit }) } else { Ok(message) }
    }
}

/// As forms write it: a plus is a space, and `%2B` a plus.
fn decoded(value: &str) -> Cow<'_, [u8]> {
    if value.contains('+') {
        let spaced = value.replace('+', " ");
        return Cow::Owned(percent_decode_str(&spaced).collect());
    }
    percent_decode_str(value).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 16;

    fn message(query: &str) -> Result<Vec<u8>, Fault> {
        Query::parse(query).message(LIMIT).map(Cow::into_owned)
    }

    #[test]
    fn a_message_is_read_as_it_is_or_from_base64() {
        assert_eq!(message("message=%7B%22a%22%3A1%7D").expect("one"), b"{\"a\":1}");
        assert_eq!(message("message=a+b%2Bc&message=x").expect("one"), b"a b+c");
        for padded in ["message=_-8%3D&base64=1", "message=_-8&base64=1&connect=v1"] {
            assert_eq!(message(padded).expect("one"), b"\xff\xef");
        }
        assert_eq!(message("message=").expect("one"), b"");
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for wrong in ["", "messag=x", "message=a&connect=v2", "message=*&base64=1"] {
            assert!(matches!(message(wrong), Err(Fault::Malformed(_))), "{wrong}");
        }
        let long = format!("message={}", "x".repeat(LIMIT + 1));
        assert_eq!(message(&long), Err(Fault::TooLarge { limit: LIMIT }));
        assert_eq!(message(&long[..long.len() - 1]).map(|message| message.len()), Ok(LIMIT));
    }

    #[test]
    fn an_encoding_is_one_of_two() {
        assert_eq!(Query::parse("encoding=json").codec(), Some(Codec::Json));
        assert_eq!(Query::parse("encoding=proto").codec(), Some(Codec::Proto));
        assert_eq!(Query::parse("encoding=xml").codec(), None);
        assert_eq!(Query::parse("").codec(), None);
        assert!(Query::parse("compression=gzip").is_compressed());
        assert!(!Query::parse("compression=identity").is_compressed());
    }
}
