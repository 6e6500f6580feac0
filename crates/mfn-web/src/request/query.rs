//! The query of a GET that makes a call.

use std::borrow::Cow;
use std::ops::Range;

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

/// See the module. Of a parameter that is there twice, the first counts. Each is decoded
/// where it is looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    uri: Uri,
    message: Option<Range<usize>>,
    encoding: Option<Range<usize>>,
    base64: Option<Range<usize>>,
    compression: Option<Range<usize>>,
    connect: Option<Range<usize>>,
}

impl Query {
    pub(crate) fn of(uri: &Uri) -> Self {
        let mut query = Self { uri: uri.clone(), ..Self::default() };
        let mut start = 0;
        for parameter in uri.query().unwrap_or_default().split('&') {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let end = start + parameter.len();
            let range = end - value.len()..end;
            start = end + 1;
            let place = match name {
                "message" => &mut query.message,
                "encoding" => &mut query.encoding,
                "base64" => &mut query.base64,
                "compression" => &mut query.compression,
                "connect" => &mut query.connect,
                _ => continue,
            };
            place.get_or_insert(range);
        }
        query
    }

    /// A value as it is meant.
    fn decoded(&self, value: Option<&Range<usize>>) -> Option<Cow<'_, [u8]>> {
        self.uri.query()?.get(value?.clone()).map(decoded)
    }

    /// What the message is written in, if that is known here.
    pub(crate) fn codec(&self) -> Option<Codec> {
        match self.decoded(self.encoding.as_ref()).as_deref() {
            Some(b"json") => Some(Codec::Json),
            Some(b"proto") => Some(Codec::Proto),
            _ => None,
        }
    }

    pub(super) fn is_compressed(&self) -> bool {
        !matches!(
            self.decoded(self.compression.as_ref()).as_deref(),
            None | Some(b"identity" | b"")
        )
    }

    /// The message. It is no longer than the query.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub(super) fn message(&self) -> Result<Cow<'_, [u8]>, Fault> {
        let malformed = |text: &str| Err(Fault::Malformed(text.to_owned()));
        if !matches!(self.decoded(self.connect.as_ref()).as_deref(), None | Some(b"v1")) {
            return malformed("send connect=v1 or leave it out: no other version is spoken here");
        }
        let Some(message) = self.decoded(self.message.as_ref()) else {
            return malformed("send the parameter message, which may be empty");
        };
        if self.decoded(self.base64.as_ref()).as_deref() != Some(b"1") {
            return Ok(message);
        }
        match BASE64.decode(&message) {
            Ok(message) => Ok(Cow::Owned(message)),
            Err(_) => malformed("write the message in base64 for URLs, or leave base64=1 out"),
        }
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

    fn parse(query: &str) -> Query {
        Query::of(&format!("/a.B/C?{query}").parse().expect("a URI"))
    }

    fn message(query: &str) -> Result<Vec<u8>, Fault> {
        parse(query).message().map(Cow::into_owned)
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
    }

    #[test]
    fn an_encoding_is_one_of_two() {
        assert_eq!(parse("encoding=json").codec(), Some(Codec::Json));
        assert_eq!(parse("encoding=proto").codec(), Some(Codec::Proto));
        assert_eq!(parse("encoding=xml").codec(), None);
        assert_eq!(parse("").codec(), None);
        assert!(parse("compression=gzip").is_compressed());
        assert!(!parse("compression=identity").is_compressed());
    }
}
