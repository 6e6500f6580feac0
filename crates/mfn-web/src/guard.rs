//! Whether a browser's page may call at all, by the Host and the Origin of its request.
//!
//! Where callers need no credentials, a page of any site could use a server that only the
//! browser's machine can reach: by calling it as another origin, or by having its own
//! name lead to this address (DNS rebinding), which makes it the same origin.

use bytes::Bytes;
use http::HeaderName;
use http::header::{HOST, ORIGIN};
use http::request::Parts;

use crate::config::Config;
use crate::origins::Origins;

/// Where a browser says from whose page a request comes.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

const OTHER_HOST: &str = "ask for this server by its address or as localhost: while it needs no \
    key, it answers to no other name\n";

/// What is checked.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    refuses_other_origins: bool,
    refuses_other_hosts: bool,
    /// What is said to who calls from a page of another origin.
    other_origin: Bytes,
}

impl Guard {
    pub(crate) fn new(config: &Config) -> Self {
        let setting = config.origins_setting;
        let other_origin = format!(
            "set {setting} to this page's origin if it is to call: while the server needs no key, \
             pages of other origins may not\n"
        );
        Self {
            refuses_other_origins: config.refuses_other_origins,
            refuses_other_hosts: config.refuses_other_hosts,
            other_origin: other_origin.into(),
        }
    }

    /// Why the request with this `head` is refused, if it is, which may be a call.
    pub(crate) fn refusal(&self, head: &Parts, is_call: bool, origins: &Origins) -> Option<Bytes> {
        let authority = authority(head);
        if self.refuses_other_hosts {
            let host = authority.map(host_of).unwrap_or_default();
            if !is_local_name(host) && !origins.have_host(host) {
                return Some(Bytes::from_static(OTHER_HOST.as_bytes()));
            }
        }
        if !self.refuses_other_origins {
            return None;
        }
        let Some(origin) = head.headers.get(ORIGIN) else {
            // A picture or a link of any page has a browser send GET without an origin.
            let site = head.headers.get(SEC_FETCH_SITE).filter(|_| is_call);
            let is_own = site.is_none_or(|site| site == "same-origin" || site == "none");
            return (!is_own).then(|| self.other_origin.clone());
        };
        let is_own = origin.to_str().ok().zip(authority).is_some_and(|(origin, authority)| {
            let (_scheme, of_page) = origin.split_once("://").unwrap_or_default();
            of_page.eq_ignore_ascii_case(authority)
        });
        (!is_own && !origins.contain(origin)).then(|| self.other_origin.clone())
    }
}

/// What the request is sent to: HTTP/2 has it in the URI, HTTP/1.1 in a header.
fn authority(head: &Parts) -> Option<&str> {
    let of_uri = head.uri.authority().map(http::uri::Authority::as_str);
    of_uri.or_else(|| head.headers.get(HOST)?.to_str().ok())
}

/// An authority without its port.
fn host_of(authority: &str) -> &str {
    let end_of_address = authority.rfind(']').map_or(0, |end| end + 1);
    let port = authority[end_of_address..].rfind(':');
    port.map_or(authority, |port| &authority[..end_of_address + port])
}

/// Whether nobody else can have it lead here: an address is no name, and `localhost` is
/// nobody's (RFC 6761, 6.3).
fn is_local_name(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::Ipv4Addr>().is_ok()
        || address.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    const OTHER_ORIGIN: &str = "another origin";

    fn guard(refuses_other_origins: bool, refuses_other_hosts: bool) -> Guard {
        let other_origin = Bytes::from_static(OTHER_ORIGIN.as_bytes());
        Guard { refuses_other_origins, refuses_other_hosts, other_origin }
    }

    fn both() -> Guard {
        guard(true, true)
    }

    fn refusal(guard: &Guard, host: &str, origin: Option<&str>) -> Option<Bytes> {
        let origins = Origins::parse("https://app.example").expect("an origin");
        let mut request = Request::post("/").header(HOST, host);
        if let Some(origin) = origin {
            request = request.header(ORIGIN, origin);
        }
        let (head, ()) = request.body(()).expect("a request").into_parts();
        guard.refusal(&head, true, &origins)
    }

    // shows MFN-WEB-025
    #[test]
    fn addresses_localhost_and_the_hosts_of_allowed_origins_are_hosts() {
        for host in [
            "localhost",
            "LocalHost:50051",
            "mfn.localhost:1",
            "127.0.0.1:50051",
            "192.168.1.7",
            "[::1]:50051",
            "[::1]",
            "app.example:50051",
        ] {
            assert_eq!(refusal(&both(), host, None), None, "{host}");
        }
        for host in ["evil.example", "evil.example:50051", "", "localhost.evil.example", "127.1x"] {
            assert_eq!(refusal(&both(), host, None), Some(OTHER_HOST.into()), "{host}");
        }
    }

    // shows MFN-WEB-026
    #[test]
    fn pages_of_the_host_itself_and_of_allowed_origins_may_call() {
        let host = "localhost:50051";
        for origin in ["http://localhost:50051", "https://LOCALHOST:50051", "https://app.example"] {
            assert_eq!(refusal(&both(), host, Some(origin)), None, "{origin}");
        }
        for origin in
            ["http://evil.example", "null", "http://localhost:8080", "", "localhost:50051"]
        {
            assert_eq!(refusal(&both(), host, Some(origin)), Some(OTHER_ORIGIN.into()), "{origin}");
        }
    }

    // shows MFN-WEB-026
    #[test]
    fn what_a_page_has_a_browser_get_without_an_origin_is_known_by_its_site() {
        let refusal = |site: &str, is_call| {
            let request = Request::get("/").header(HOST, "localhost").header(SEC_FETCH_SITE, site);
            let (head, ()) = request.body(()).expect("a request").into_parts();
            both().refusal(&head, is_call, &Origins::none())
        };
        for own in ["same-origin", "none"] {
            assert_eq!(refusal(own, true), None, "{own}");
        }
        for other in ["cross-site", "same-site"] {
            assert_eq!(refusal(other, true), Some(OTHER_ORIGIN.into()), "{other}");
            assert_eq!(refusal(other, false), None, "a link leads to the page from anywhere");
        }
    }

    #[test]
    fn nothing_is_checked_that_is_not_asked_for() {
        let none = guard(false, false);
        assert_eq!(refusal(&none, "evil.example", Some("http://evil.example:1")), None);
        let hosts = guard(false, true);
        assert_eq!(refusal(&hosts, "localhost", Some("http://evil.example")), None);
        let origins = guard(true, false);
        assert_eq!(refusal(&origins, "some.name", Some("http://some.name")), None);
    }
}
