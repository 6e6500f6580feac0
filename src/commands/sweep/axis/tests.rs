//! How lists and ranges are read, and which are refused.

use super::*;

fn whole(text: &str) -> Vec<i32> {
    integers(text).expect("a list").values
}

fn refused(text: &str) -> String {
    integers(text).expect_err("no list")
}

#[test]
fn a_list_has_numbers_and_ranges_in_the_order_of_writing() {
    assert_eq!(whole("7"), [7]);
    assert_eq!(whole("0..4"), [0, 1, 2, 3]);
    assert_eq!(whole("0..=4"), [0, 1, 2, 3, 4]);
    assert_eq!(whole("9, -2..3:2, 9"), [9, -2, 0, 2, 9]);
    assert_eq!(
        whole("-2147483648..=2147483647:1073741824"),
        [-2_147_483_648, -1_073_741_824, 0, 1_073_741_824]
    );
}

#[test]
fn a_range_of_numbers_has_the_doubles_of_its_decimals() {
    // Added up, the third would be 0.15000000000000002.
    let values = numbers("0.05..0.2:0.05,1e-3").expect("a list").values;
    assert_eq!(values, [0.05, 0.1, 0.15, 0.001]);
    assert_eq!(numbers("0..=1:0.5").expect("a list").values, [0.0, 0.5, 1.0]);
    let tenths = numbers("0.1..=0.9:0.1").expect("a list").values;
    let written = ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9"];
    assert_eq!(tenths, written.map(|text| text.parse::<f64>().expect("a number")));
}

#[test]
fn switches_are_true_and_false() {
    assert_eq!(switches("true,false").expect("a list").values, [true, false]);
    assert!(switches("on").is_err());
    assert!(switches("false..true").is_err());
}

#[test]
fn what_is_no_list_is_refused_with_what_is_wrong() {
    insta::assert_snapshot!(refused(""), @"'' is no whole number of at most 32 bits");
    insta::assert_snapshot!(refused("1,,2"), @"'' is no whole number of at most 32 bits");
    insta::assert_snapshot!(refused("5..5"), @"'5..5': nothing is in this range, which counts upwards");
    insta::assert_snapshot!(refused("0..10:0"), @"'0..10:0': the step of a range is above 0");
    insta::assert_snapshot!(refused("0..10:0.5"), @"'0..10:0.5': the ends and the step of this range are whole numbers");
    insta::assert_snapshot!(refused(".."), @"'..': a range is written 0..10, which leaves out its end, 0..=10, or with a step 0..=10:2");
    insta::assert_snapshot!(refused("0...10"), @"'0...10': a range is written 0..10, which leaves out its end, 0..=10, or with a step 0..=10:2");
    insta::assert_snapshot!(refused("0..=4000000000:1000000000"), @"'0..=4000000000:1000000000': it leaves the range of its numbers");
    insta::assert_snapshot!(refused("0..9000000000000000000"), @"'0..9000000000000000000': a parameter has at most 1048576 values");
    insta::assert_snapshot!(refused("0..99999999999999999999"), @"'0..99999999999999999999': a range is written 0..10, which leaves out its end, 0..=10, or with a step 0..=10:2");
    insta::assert_snapshot!(numbers("0.1..0.2").expect_err("no list"), @"'0.1..0.2': a range of numbers needs a step, as in 0.1..=0.2:0.05");
    insta::assert_snapshot!(numbers("0.1;0.2").expect_err("no list"), @"'0.1;0.2' is no number");
}

#[test]
fn equal_values_are_equal_however_they_are_written() {
    assert_eq!(integers("0..3").ok(), integers("0,1,2").ok());
    assert_eq!(numbers("0.10").ok(), numbers("1e-1").ok());
    assert_ne!(integers("0..3").ok(), integers("2,1,0").ok());
    assert_eq!(integers("0 .. 3").map(|axis| axis.to_string()), Ok("0..3".to_owned()));
}
