//! Which server is asked.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::Uri;

const EXPECTED: &str = "HOST:PORT, http://HOST:PORT or https://HOST:PORT is expected";

/// A name or an address, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// An address of IPv6 is without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// Whether it speaks TLS, if the URL says so.
    pub(super) has_tls: Option<bool>,
}

impl Target {
    pub(super) fn new(host: IpAddr, port: u16) -> Self {
        Self { host: host.to_string(), port, has_tls: None }
    }

    /// Whether nobody but this machine can be there.
    pub(super) fn is_loopback(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        address.map_or(self.host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
    }
}

impl FromStr for Target {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let uri: Uri = text.trim().parse().map_err(|_| EXPECTED)?;
        let has_tls = match uri.scheme_str() {
            None => None,
            Some("http") => Some(false),
            Some("https") => Some(true),
            Some(_) => return Err(EXPECTED),
        };
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'));
        let (Some(authority), "" | "/", None) = (authority, uri.path(), uri.query()) else {
            return Err(EXPECTED);
        };
        let port = authority.port_u16().ok_or(EXPECTED)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { host, port, has_tls })
    }
}

/// Its host and port, as in a URL.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, .. } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_told_with_and_without_a_scheme() {
        for (text, host, has_tls, is_loopback) in [
            ("localhost:50051", "localhost", None, true),
            ("10.0.0.7:50051", "10.0.0.7", None, false),
            ("[::1]:50051", "::1", None, true),
            ("http://mfn-grpc:50051", "mfn-grpc", Some(false), false),
            ("https://mfn.example.com:50051/", "mfn.example.com", Some(true), false),
        ] {
            let target: Target = text.parse().expect(text);
            assert_eq!((&*target.host, target.port, target.has_tls), (host, 50051, has_tls));
            assert_eq!(target.is_loopback(), is_loopback, "{text}");
            let bare = text.trim_end_matches('/').rsplit("//").next().unwrap_or(text);
            assert_eq!(target.to_string(), bare);
        }
    }

    #[test]
    fn what_is_no_server_is_refused() {
        for text in ["", "localhost", "http://a", "ftp://a:1", "a:1/b", "http://a:1?b", "u@a:1"] {
            assert_eq!(text.parse::<Target>(), Err(EXPECTED), "{text}");
        }
    }
}
