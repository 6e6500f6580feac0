//! `mfn sign`.

use crate::errors::complaint;
use crate::{mfn, stdout_of, text};

const METHOD: &str = "mfn.MFNSimulationService/RunSimulation";

fn signed(arguments: &[&str]) -> String {
    let arguments = [&["sign", METHOD, "--timestamp", "1700000000"], arguments].concat();
    let output = mfn(&arguments).env("MFN_API_KEY", "test-key").output().expect("mfn starts");
    assert_eq!(output.status.code(), Some(0));
    text(output.stdout)
}

// shows MFN-AUTH-007
#[test]
fn the_three_headers_are_printed_for_each_tool() {
    insta::assert_snapshot!(signed(&[]), @"-H x-api-key:test-key -H x-timestamp:1700000000 -H x-signature:05d17f75d6488b56b27205370b881a08c5356c64f0bfa0a3f92139f046138379");
    insta::assert_snapshot!(signed(&["--format", "json"]), @r#"{"x-api-key":"test-key","x-signature":"05d17f75d6488b56b27205370b881a08c5356c64f0bfa0a3f92139f046138379","x-timestamp":"1700000000"}"#);
    insta::assert_snapshot!(signed(&["--format", "lines"]), @r#"
    x-api-key: test-key
    x-timestamp: 1700000000
    x-signature: 05d17f75d6488b56b27205370b881a08c5356c64f0bfa0a3f92139f046138379
    "#);
}

#[test]
fn the_time_is_now_unless_it_is_given() {
    let line = stdout_of(&["sign", METHOD, "--api-key", "test-key", "--format", "json"]);
    let headers: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    let timestamp = headers["x-timestamp"].as_str().expect("text");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.expect("after 1970").as_secs_f64();
    let signed_at: f64 = timestamp.parse().expect("a number");
    assert!((now - signed_at).abs() < 300.0, "{line}");
    // Two calls of one second have two signatures.
    assert!(timestamp.contains('.'), "{timestamp}");
}

#[test]
fn what_cannot_be_signed_is_refused() {
    insta::assert_snapshot!(complaint(2, &["sign", METHOD]), @"error: there is no key to sign with: set MFN_API_KEY (--api-key)");
    insta::assert_snapshot!(complaint(2, &["sign", "RunSimulation", "--api-key", "a"]), @"error: invalid value 'RunSimulation' for '<SERVICE/METHOD>': no server has this method; those of MFN are mfn.MFNSimulationService/RunSimulation, mfn.MFNSimulationService/StreamSimulation, mfn.MFNFeaturesService/ExtractFeatures, mfn.MFNFeaturesService/StreamFeatures, mfn.MFNValidationService/ValidatePattern");
    insta::assert_snapshot!(complaint(2, &["sign", "mfn.MFNSimulationService/RunSimulations", "--api-key", "a"]), @"error: invalid value 'mfn.MFNSimulationService/RunSimulations' for '<SERVICE/METHOD>': no server has this method; perhaps mfn.MFNSimulationService/RunSimulation is meant");
    insta::assert_snapshot!(complaint(2, &["sign", METHOD, "--api-key", "a", "--timestamp", "nan"]), @"error: invalid value 'nan' for '--timestamp <SECONDS>': a timestamp is Unix seconds: 1 to 12 digits, and optionally a point and 1 to 9 digits");
    insta::assert_snapshot!(complaint(2, &["sign", METHOD, "--api-key", ""]), @"error: MFN_API_KEY (--api-key) is empty; a key is 1 to 256 visible ASCII characters, no comma");
}

/// What a server has is read off its proto, so that no method is forgotten.
#[test]
fn every_method_of_a_server_can_be_signed_for() {
    let pool = prost_reflect::DescriptorPool::decode(mfn_proto::FILE_DESCRIPTOR_SET);
    let pool = pool.expect("descriptors");
    let of_mfn = pool.services().flat_map(|service| {
        let methods: Vec<_> = service.methods().collect();
        methods
            .into_iter()
            .map(|method| format!("{}/{}", method.parent_service().full_name(), method.name()))
    });
    let methods: Vec<_> = of_mfn.collect();
    assert_eq!(methods.len(), 5);
    let others = [
        "grpc.health.v1.Health/Watch",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    ];
    for method in methods.iter().map(String::as_str).chain(others) {
        stdout_of(&["sign", method, "--api-key", "a"]);
    }
}
