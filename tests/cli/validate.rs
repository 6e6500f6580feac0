//! `mfn validate`.

use crate::{flags_of, json_of, known_answers, run, stdout_of, text};

#[test]
fn the_summary_is_for_people() {
    let small = ["validate", "--seed=42", "--grid-size=32", "--steps=16", "--turing-enabled"];
    insta::assert_snapshot!("validate_summary", stdout_of(&small));
}

#[test]
fn the_json_has_the_bits_of_the_known_answers() {
    for case in known_answers("validation") {
        let json = json_of("validate", &flags_of(&case["request"]));
        assert_eq!(json["request"], case["request"]);
        assert_eq!(json["result"], case["result"]);
    }
}

#[test]
fn everything_that_is_out_of_its_range_is_named_in_one_line() {
    let output = run(&["validate", "--epochs=0", "--batch-size=65", "--grid-size=3"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(text(output.stderr), @"error: --epochs is 0, allowed is 1..=100; --batch-size is 65, allowed is 1..=64; --grid-size is 3, allowed is 4..=1024");
}

#[test]
fn a_dimension_of_0_is_explained() {
    let summary = stdout_of(&["validate", "--seed=1", "--grid-size=8", "--steps=100"]);
    let note = summary.lines().last().unwrap_or_default().to_owned();
    insta::assert_snapshot!(note, @"  The dimension of the example is 0: no cell is above −60 mV.");
}
