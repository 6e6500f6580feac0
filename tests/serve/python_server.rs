//! A server that takes the place of the one in Python, with the variables that its
//! Dockerfile and manifests set: what `docs/migrating.md` says of them.

use std::process::Output;

use crate::serving::mfn;

/// What Kubernetes sets in a pod beside a Service `mfn-grpc`, but for the variable
/// that the manifest sets itself.
const OF_THE_SERVICE: [(&str, &str); 5] = [
    ("MFN_GRPC_SERVICE_HOST", "10.96.7.7"),
    ("MFN_GRPC_SERVICE_PORT", "50051"),
    ("MFN_GRPC_PORT_50051_TCP", "tcp://10.96.7.7:50051"),
    ("MFN_GRPC_PORT_50051_TCP_PORT", "50051"),
    ("MFN_GRPC_PORT_50051_TCP_ADDR", "10.96.7.7"),
];

#[test]
fn the_manifest_of_the_python_server_is_served() {
    // A Secret that was made of a file ends with a new line.
    let manifest = [("MFN_GRPC_PORT", "50051"), ("MFN_API_KEYS", "key-one,key-two\n")];
    let output = configured(&[&manifest[..], &OF_THE_SERVICE].concat());
    let (settings, said) = (text(output.stdout), text(output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}");
    for line in ["MFN_GRPC_HOST=0.0.0.0", "MFN_GRPC_PORT=50051", "# MFN_API_KEYS=(set)"] {
        assert!(settings.lines().any(|setting| setting.starts_with(line)), "{line}: {settings}");
    }
    assert!(said.contains("enableServiceLinks: false"), "{said}");
}

#[test]
fn the_dockerfile_of_the_python_server_is_told_what_is_missing() {
    let said = refused(&[("MFN_GRPC_PORT", "50051"), ("MFN_GRPC_TLS_ENABLED", "true")]);
    insta::assert_snapshot!(said, @"error: MFN_GRPC_TLS_ENABLED (--tls-enabled) is true, so MFN_GRPC_TLS_CERT_PATH (--tls-cert-path) must name a file");
}

#[test]
fn keys_with_an_empty_one_among_them_do_not_start() {
    insta::assert_snapshot!(refused(&[("MFN_API_KEYS", "a,,b")]), @"error: MFN_API_KEYS (--api-keys): key 2 is empty; a key is 1 to 256 visible ASCII characters, no comma");
}

#[test]
fn no_keys_at_all_serve_this_machine_only() {
    let output = configured(&[("MFN_API_KEYS", "")]);
    let settings = text(output.stdout);
    assert!(settings.starts_with("MFN_GRPC_HOST=127.0.0.1 "), "{settings}");
}

/// What would apply.
fn configured(variables: &[(&str, &str)]) -> Output {
    let mut command = mfn(&["serve", "--print-config"]);
    command.envs(variables.iter().copied()).output().expect("mfn starts")
}

/// The one line of a server that does not start.
fn refused(variables: &[(&str, &str)]) -> String {
    let output = mfn(&["serve", "--port", "0"])
        .envs(variables.iter().copied())
        .output()
        .expect("mfn starts");
    let said = text(output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    said.trim_end().to_owned()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("UTF-8")
}
