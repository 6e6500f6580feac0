//! The origins whose pages may call (RFC 6454).

use std::sync::Arc;

use http::{HeaderValue, Uri};

/// The origins whose pages may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins(Allowed);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Allowed {
    Any,
    These(Arc<[HeaderValue]>),
}

/// What is no list of origins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no origin: write a scheme, a host and, if it is not the scheme's own, a port, such \
     as https://example.org, or * alone for all"
)]
pub struct InvalidOrigin(String);

impl Origins {
    /// None but the server's own.
    #[must_use]
    pub fn none() -> Self {
        Self(Allowed::These(Arc::new([])))
    }

    /// Those of a list with commas between them, or all, which is written `*`.
    ///
    /// # Errors
    /// Names the first that is no origin.
    pub fn parse(list: &str) -> Result<Self, InvalidOrigin> {
        if list.trim() == "*" {
            return Ok(Self(Allowed::Any));
        }
        let origins = list.split(',').map(|origin| parse_origin(origin.trim()));
        Ok(Self(Allowed::These(origins.collect::<Result<_, _>>()?)))
    }

    /// Whether pages of any origin may call.
    #[must_use]
    pub fn are_all(&self) -> bool {
        self.0 == Allowed::Any
    }

    /// Whether there is any but the server's own.
    pub(crate) fn are_none(&self) -> bool {
        matches!(&self.0, Allowed::These(origins) if origins.is_empty())
    }

    pub(crate) fn contain(&self, origin: &HeaderValue) -> bool {
        match &self.0 {
            Allowed::Any => true,
            Allowed::These(origins) => origins.contains(origin),
        }
    }

    /// Whether one of them has this host.
    pub(crate) fn have_host(&self, host: &str) -> bool {
        let Allowed::These(origins) = &self.0 else { return false };
        origins.iter().any(|origin| {
            let origin = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
            origin
                .is_some_and(|origin| origin.host().is_some_and(|it| it.eq_ignore_ascii_case(host)))
        })
    }
}

/// An origin as browsers write it (RFC 6454, 6.2).
fn parse_origin(text: &str) -> Result<HeaderValue, InvalidOrigin> {
    let invalid = || InvalidOrigin(text.to_owned());
    let uri: Uri = text.parse().map_err(|_| invalid())?;
    let scheme = uri.scheme_str().ok_or_else(invalid)?;
    let authority = uri.authority().ok_or_else(invalid)?.as_str();
    if !matches!(scheme, "http" | "https") || authority.contains('@') {
        return Err(invalid());
    }
    let origin = format!("{scheme}://{authority}").to_ascii_lowercase();
    if !text.eq_ignore_ascii_case(&origin) {
        return Err(invalid());
    }
    HeaderValue::try_from(origin).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_as_browsers_write_them_are_taken() {
        assert_eq!(
            Origins::parse("HTTPS://Example.org"),
            Origins::parse("https://example.org"),
            "a host has no case"
        );
        for wrong in [
            "example.org",
            "https://example.org/",
            "https://example.org/path",
            "ftp://example.org",
            "https://a@example.org",
            "https://a,,https://b",
            "https://a,*",
            "null",
            "",
        ] {
            assert!(Origins::parse(wrong).is_err(), "{wrong}");
        }
    }
}
