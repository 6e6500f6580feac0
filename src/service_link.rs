//! What Kubernetes tells a pod of the Services beside it: variables whose names
//! begin with that of a Service, so that a Service `mfn-grpc` makes
//! `MFN_GRPC_PORT=tcp://10.0.0.1:50051` and some more.

use std::net::{IpAddr, SocketAddr};

/// Protocols that a Service can have, in small letters.
const PROTOCOLS: [&str; 3] = ["tcp", "udp", "sctp"];

/// Whether the variable is one of these, by name and value.
pub(crate) fn is_service_link(name: &str, value: &str) -> bool {
    let words: Vec<_> = name.split('_').collect();
    match words.as_slice() {
        [.., "SERVICE", "HOST"] => is_address(value),
        [.., "SERVICE", "PORT"] => is_port(value),
        [.., "PORT", port, protocol, what] if is_port(port) && is_name(protocol) => match *what {
            "PROTO" => PROTOCOLS.contains(&value),
            "PORT" => is_port(value),
            "ADDR" => is_address(value),
            _ => false,
        },
        [.., "PORT", port, protocol] if is_port(port) && is_name(protocol) => is_url(value),
        [.., "PORT"] => is_url(value),
        // Ports that have a name.
        _ => name.contains("_SERVICE_PORT_") && is_port(value),
    }
}

fn is_url(value: &str) -> bool {
    let parts = value.split_once("://");
    parts.is_some_and(|(protocol, address)| {
        PROTOCOLS.contains(&protocol) && address.parse::<SocketAddr>().is_ok()
    })
}

fn is_address(value: &str) -> bool {
    value.parse::<IpAddr>().is_ok()
}

fn is_port(value: &str) -> bool {
    value.parse::<u16>().is_ok()
}

/// As a part of a variable's name.
fn is_name(protocol: &str) -> bool {
    PROTOCOLS.iter().any(|known| known.to_ascii_uppercase() == protocol)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All variables of a Service `mfn-grpc` with a named port.
    const OF_A_SERVICE: [(&str, &str); 8] = [
        ("MFN_GRPC_SERVICE_HOST", "10.96.7.7"),
        ("MFN_GRPC_SERVICE_PORT", "50051"),
        ("MFN_GRPC_SERVICE_PORT_GRPC", "50051"),
        ("MFN_GRPC_PORT", "tcp://10.96.7.7:50051"),
        ("MFN_GRPC_PORT_50051_TCP", "tcp://10.96.7.7:50051"),
        ("MFN_GRPC_PORT_50051_TCP_PROTO", "tcp"),
        ("MFN_GRPC_PORT_50051_TCP_PORT", "50051"),
        ("MFN_GRPC_PORT_50051_TCP_ADDR", "10.96.7.7"),
    ];

    #[test]
    fn what_kubernetes_sets_for_a_service_is_known() {
        for (name, value) in OF_A_SERVICE {
            assert!(is_service_link(name, value), "{name}={value}");
        }
        for url in ["udp://10.0.0.1:53", "sctp://10.0.0.1:1", "tcp://[fd00::7]:50051"] {
            assert!(is_service_link("MFN_GRPC_PORT", url), "{url}");
        }
    }

    #[test]
    fn what_a_person_sets_is_not_taken_for_it() {
        for (name, _) in OF_A_SERVICE {
            for value in ["", "x", "-1", "65536", "localhost", "http://10.0.0.1:1"] {
                assert!(!is_service_link(name, value), "{name}={value}");
            }
        }
        for value in ["50051", "tcp://10.96.7.7", "tcp://mfn-grpc:50051", "tcp:/1.2.3.4:5"] {
            assert!(!is_service_link("MFN_GRPC_PORT", value), "{value}");
        }
        for name in ["MFN_GRPC_HOST", "MFN_GRPC_PORT_X_TCP", "MFN_GRPC_PORT_50051_TLS"] {
            assert!(!is_service_link(name, "tcp://10.96.7.7:50051"), "{name}");
        }
    }
}
