//! Heads of requests that are malformed, though their transport takes them.
//!
//! Whoever reads only one of several lines may read another one than a proxy before it
//! does, and so hold the request for that of another page, or another server's.

use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderValue, Version};

const ONE_HOST: &str = "send one header host, with the name or address of this server and, if \
    it is not the scheme's own, its port\n";
const ONE_ORIGIN: &str = "send one header origin, or none\n";

/// What is to be changed in the request with this `head`, if it is malformed.
pub(crate) fn advice(head: &Parts) -> Option<&'static str> {
    if !has_its_host(head) {
        return Some(ONE_HOST);
    }
    let origins = head.headers.get_all(ORIGIN).iter();
    (origins.count() > 1).then_some(ONE_ORIGIN)
}

/// HTTP/1.1 asks for just one `host`, HTTP/1.0 and HTTP/2 for one at most (RFC 9112, 3.2).
fn has_its_host(head: &Parts) -> bool {
    let mut hosts = head.headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => head.version != Version::HTTP_11,
        (Some(host), None) => is_host(host),
        (Some(_), Some(_)) => false,
    }
}

/// Whether it is a name or an address, perhaps with a port. It is empty where the URI
/// names no host.
fn is_host(host: &HeaderValue) -> bool {
    let is_authority =
        |host: &[u8]| Authority::try_from(host).is_ok_and(|it| !it.as_str().contains('@'));
    host.is_empty() || is_authority(host.as_bytes())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn of(version: Version, headers: &[(&str, &str)]) -> Option<&'static str> {
        let mut request = Request::post("/a.B/C").version(version);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        advice(&request.body(()).expect("a request").into_parts().0)
    }

    // shows MFN-TRANS-038
    #[test]
    fn a_request_of_http_1_1_has_one_host_and_one_of_the_others_at_most_one() {
        let (none, one, two) = (&[][..], &[("host", "a")][..], &[("host", "a"), ("host", "a")][..]);
        assert_eq!(of(Version::HTTP_11, none), Some(ONE_HOST));
        assert_eq!(of(Version::HTTP_11, one), None);
        assert_eq!(of(Version::HTTP_11, two), Some(ONE_HOST));
        for version in [Version::HTTP_10, Version::HTTP_2] {
            assert_eq!(of(version, none), None);
            assert_eq!(of(version, one), None);
            assert_eq!(of(version, two), Some(ONE_HOST));
        }
    }

    #[test]
    fn a_host_is_a_name_or_an_address_with_or_without_a_port() {
        for host in ["localhost", "a.example:50051", "127.0.0.1:1", "[::1]:50051", "[::1]", ""] {
            assert_eq!(of(Version::HTTP_11, &[("host", host)]), None, "{host}");
        }
        for host in ["a b", "a/b", "http://a", "me@a", "a,b c", "[::1"] {
            assert_eq!(of(Version::HTTP_11, &[("host", host)]), Some(ONE_HOST), "{host}");
        }
    }

    // shows MFN-WEB-026
    #[test]
    fn the_second_of_two_origins_is_not_passed_over() {
        let own = ("origin", "http://localhost");
        let host = ("host", "localhost");
        assert_eq!(of(Version::HTTP_11, &[host, own]), None);
        let two = [host, own, ("origin", "http://evil.example")];
        assert_eq!(of(Version::HTTP_11, &two), Some(ONE_ORIGIN));
        assert_eq!(of(Version::HTTP_2, &two), Some(ONE_ORIGIN));
    }
}
