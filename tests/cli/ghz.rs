//! The configurations of ghz, as they are in `fixtures/ghz` and as `mfn sign
//! --ghz` prints them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use mfn_access::{
    KeySet, KeySettings, Limits, Occurrence, Presented, Secret, Timestamp, authenticate,
};
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor};
use serde_json::Value;

use crate::errors::complaint;
use crate::stdout_of;

const KEY: &str = "a-key-with-{{braces}}";
const SIGNED_AT: u64 = 1_700_000_000;

#[test]
fn each_method_has_a_fixture_whose_data_is_its_message() {
    let methods = methods();
    let fixtures = fixtures();
    let called: Vec<_> = fixtures.iter().map(call_of).collect();
    for method in &methods {
        let name = format!("{}/{}", method.parent_service().full_name(), method.name());
        let of_method = called.iter().position(|call| *call == name);
        let fixture = &fixtures[of_method.unwrap_or_else(|| panic!("no fixture calls {name}"))];
        DynamicMessage::deserialize(method.input(), &fixture["data"])
            .unwrap_or_else(|error| panic!("the data for {name}: {error}"));
    }
    assert_eq!(fixtures.len(), methods.len());
}

/// An unlimited run, or one that ghz cuts off, would end with errors.
#[test]
fn a_fixture_stays_below_the_limits_of_a_key_and_waits_for_its_calls() {
    let limits = Limits::default();
    for fixture in fixtures() {
        let number = |name: &str| fixture[name].as_u64().expect("a number");
        assert!((1..=u64::from(limits.rps / 2)).contains(&number("rps")), "{fixture}");
        assert!((1..=u64::from(limits.concurrent)).contains(&number("concurrency")), "{fixture}");
        assert!((2..=number("concurrency")).contains(&number("connections")), "{fixture}");
        assert_eq!(fixture["duration-stop"], "wait");
    }
}

// shows MFN-AUTH-007
#[test]
fn a_printed_configuration_is_the_fixture_with_headers_that_hold() {
    let keys = keys();
    let now = Timestamp::from_unix(Duration::from_secs(SIGNED_AT));
    for fixture in fixtures() {
        let method = call_of(&fixture);
        let mut printed = printed(&["--ghz", &method]);
        let metadata = printed["metadata"].take();
        let header =
            |name: &str| Occurrence::Once(metadata[name].as_str().map_or(b"", str::as_bytes));
        let presented = Presented {
            api_key: header("x-api-key"),
            timestamp: header("x-timestamp"),
            signature: header("x-signature"),
        };
        authenticate(&keys, presented, &format!("/{method}"), now)
            .unwrap_or_else(|refusal| panic!("{method}: {refusal:?}"));

        assert_eq!(metadata.as_object().map(serde_json::Map::len), Some(3));
        let mut expected = fixture;
        expected["metadata"] = Value::Null;
        assert_eq!(printed, expected);
    }
}

#[test]
fn the_flag_is_short_for_the_format() {
    let method = "mfn.MFNSimulationService/RunSimulation";
    let by_format = printed(&["--format", "ghz", method]);
    assert_eq!(printed(&["--ghz", method]), by_format);
    insta::assert_snapshot!(complaint(2, &["sign", "--ghz", "--format", "json", method]), @"error: the argument '--ghz' cannot be used with '--format <FORMAT>'");
}

#[test]
fn a_method_without_a_fixture_is_refused() {
    let arguments = ["sign", "--api-key", "a", "--ghz", "grpc.health.v1.Health/Check"];
    insta::assert_snapshot!(complaint(2, &arguments), @"error: there is no configuration of ghz for grpc.health.v1.Health/Check; there is one for mfn.MFNSimulationService/RunSimulation, mfn.MFNSimulationService/StreamSimulation, mfn.MFNFeaturesService/ExtractFeatures, mfn.MFNFeaturesService/StreamFeatures, mfn.MFNValidationService/ValidatePattern");
}

/// What `mfn sign` prints at a given time for a given key.
fn printed(arguments: &[&str]) -> Value {
    let timestamp = SIGNED_AT.to_string();
    let signed = ["sign", "--api-key", KEY, "--timestamp", &timestamp];
    serde_json::from_str(&stdout_of(&[&signed, arguments].concat())).expect("JSON")
}

fn keys() -> KeySet {
    let secret = Secret::new(KEY).expect("a secret");
    KeySet::new(vec![KeySettings::bare(secret, Limits::default())]).expect("a set of keys")
}

fn methods() -> Vec<MethodDescriptor> {
    let pool = DescriptorPool::decode(mfn_proto::FILE_DESCRIPTOR_SET).expect("descriptors");
    pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
}

fn call_of(fixture: &Value) -> String {
    fixture["call"].as_str().expect("a method").to_owned()
}

fn fixtures() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/ghz");
    let entries =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path());
    let files = entries.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    let texts = files.map(|path| fs::read_to_string(path).expect("text"));
    texts.map(|text| serde_json::from_str(&text).expect("JSON")).collect()
}
