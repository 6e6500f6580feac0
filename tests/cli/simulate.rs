//! `mfn simulate`.

use serde_json::Value;

use crate::{flags_of, json_of, known_answers, stdout_of};

#[test]
fn the_summary_is_for_people() {
    insta::assert_snapshot!("summary", stdout_of(&["simulate", "--seed", "42"]));
    let other = ["simulate", "--seed=-7", "--grid-size=16", "--steps=8", "--alpha=0.2"];
    let switches = ["--spike-probability=1", "--turing-enabled", "--quantum-jitter"];
    insta::assert_snapshot!("summary_with_all_flags", stdout_of(&[&other[..], &switches].concat()));
}

#[test]
fn the_summary_in_the_readme_is_current() {
    let readme = include_str!("../../README.md");
    assert!(readme.contains(&stdout_of(&["simulate", "--seed", "42"])));
}

#[test]
fn the_json_is_for_programs() {
    insta::assert_snapshot!("json", stdout_of(&["simulate", "--json", "--seed", "42"]));
    let small = ["simulate", "--json", "--grid-size=4", "--steps=1"];
    let all = ["--include-field", "--quantum-jitter"];
    insta::assert_snapshot!("json_with_field", stdout_of(&[&small[..], &all].concat()));
}

#[test]
fn the_json_has_the_bits_of_the_known_answers() {
    for case in known_answers("run_simulation") {
        let json = json_of("simulate", &flags_of(&case["request"]));
        assert_eq!(json["request"], case["request"]);
        assert_eq!(json["result"], case["result"]);
    }
}

#[test]
fn the_field_is_what_the_summary_is_of() {
    let json = json_of("simulate", &["--include-field", "--grid-size=50", "--steps=33"]);
    let result = &json["result"];
    assert_eq!(result["field"]["grid_size"], 50);
    let values = result["field"]["values_mV"].as_array().expect("an array");
    let values: Vec<f64> = values.iter().filter_map(Value::as_f64).collect();
    assert_eq!(values.len(), 50 * 50);
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    assert_eq!(result["pot_min_mV"], least);
    assert_eq!(result["pot_max_mV"], most);
}

#[test]
fn jitter_changes_the_answer_and_shows_in_the_request() {
    let still = json_of("simulate", &["--grid-size=16"]);
    let jittered = json_of("simulate", &["--grid-size=16", "--quantum-jitter"]);
    assert_eq!(still["request"].get("quantum_jitter"), None);
    assert_eq!(jittered["request"]["quantum_jitter"], true);
    assert_ne!(still["result"], jittered["result"]);
}
