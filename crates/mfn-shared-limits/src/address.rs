//! Where the store is, and how a connection to it is opened.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// The port of Redis.
const PORT: u16 = 6379;
/// Longest URL, in bytes.
const MAX_BYTES: usize = 4096;

/// Where the store is. It does not print the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) has_tls: bool,
    pub(crate) database: i64,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
}

impl Address {
    /// Reads `redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`, or the same with
    /// `rediss` for TLS.
    ///
    /// # Errors
    /// The text is not such an address. The error does not repeat it, since it may have a
    /// password.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        if text.len() > MAX_BYTES {
            return Err(BadAddress);
        }
        let url = Url::parse(text).map_err(|_| BadAddress)?;
        let has_tls = match url.scheme() {
            "redis" => false,
            "rediss" => true,
            _ => return Err(BadAddress),
        };
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BadAddress);
        }
        let host = match url.host().ok_or(BadAddress)? {
            Host::Domain("") => return Err(BadAddress),
            Host::Domain(name) => decoded(name)?,
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let database = match url.path().trim_start_matches('/') {
            "" => 0,
            number if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                number.parse::<u32>().map_err(|_| BadAddress)?.into()
            }
            _ => return Err(BadAddress),
        };
        let user = Some(url.username()).filter(|user| !user.is_empty());
        Ok(Self {
            host,
            port: url.port().unwrap_or(PORT),
            has_tls,
            database,
            user: user.map(decoded).transpose()?,
            password: url.password().map(decoded).transpose()?,
        })
    }

    /// Whether the connection is to be encrypted.
    #[must_use]
    pub fn has_tls(&self) -> bool {
        self.has_tls
    }
}

fn decoded(text: &str) -> Result<String, BadAddress> {
    let text = percent_decode_str(text).decode_utf8().map_err(|_| BadAddress)?;
    Ok(text.into_owned())
}

/// Host and port.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, .. } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// The text is not the address of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "it is to be redis://HOST, or rediss://HOST for TLS, where HOST can have USER:PASSWORD@ before it \
     and :PORT and /DATABASE behind it"
)]
pub struct BadAddress;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_with_all_that_a_url_has() {
        let address = Address::parse("rediss://limits:p%40ss%3Aword@store.example:6380/3");
        let expected = Address {
            host: "store.example".to_owned(),
            port: 6380,
            has_tls: true,
            database: 3,
            user: Some("limits".to_owned()),
            password: Some("p@ss:word".to_owned()),
        };
        assert_eq!(address, Ok(expected));
        let plain = Address::parse("redis://[::1]").expect("an address");
        assert_eq!((plain.host.as_str(), plain.port, plain.database), ("::1", 6379, 0));
        assert_eq!(plain.to_string(), "[::1]:6379");
        let of_all = Address::parse("redis://:secret@127.0.0.1/").expect("an address");
        assert_eq!((of_all.user, of_all.password.as_deref()), (None, Some("secret")));
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        for bad in [
            "",
            "127.0.0.1:6379",
            "http://127.0.0.1",
            "redis://",
            "redis:///3",
            "redis://host/three",
            "redis://host/-1",
            "redis://host/99999999999",
            "redis://host:99999",
            "redis://host?protocol=resp3",
            "unix:///run/redis.sock",
        ] {
            assert_eq!(Address::parse(bad), Err(BadAddress), "{bad}");
        }
        assert_eq!(Address::parse(&format!("redis://{}", "a".repeat(5000))), Err(BadAddress));
        assert!(!BadAddress.to_string().contains("secret"));
    }

    // shows MFN-AUTH-018
    #[test]
    fn an_address_does_not_print_its_password() {
        let address = Address::parse("redis://user:hunter2@host").expect("an address");
        let printed = format!("{address} {address:?}");
        assert_eq!(printed, "host:6379 Address(host:6379)");
    }
}
