use super::*;
use crate::oracle_failures::assert_fails_with;

fn applied(arguments: &[&str]) -> Applied {
    let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
    serve(&arguments).expect("it is accepted").expect("nobody asked for help")
}

#[test]
fn a_range_is_what_its_cell_of_the_table_says() {
    for (cell, allowed, refused) in [
        (
            "1 .. 20",
            &["1", "20", " 7 "][..],
            &["0", "21", "", "+1", "1.0", "any", "99999999999999999999"][..],
        ),
        ("0 .. 65535, or `any`", &["0", "any"], &["65536", "all"]),
        ("`true` or `false`", &["true", "FALSE", "1"], &["yes", "2", ""]),
        ("an IPv4 or IPv6 address", &["::", "127.0.0.1"], &["localhost", "1"]),
        ("`text` or `json`", &["text", "json"], &["Text", "or", ""]),
    ] {
        let range = Range::of_cell(cell);
        for (values, allows) in [(allowed, true), (refused, false)] {
            for value in values {
                assert_eq!(range.allows(value), Some(allows), "{value:?} in {cell}");
            }
        }
    }
    for cell in ["a path", "`off`, or the path of a file", "`redis://` or `rediss://`"] {
        assert_eq!(Range::of_cell(cell).allows("a"), None, "{cell}");
    }
}

#[test]
fn what_is_out_of_its_range_is_not_accepted() {
    let setting = |range| Setting { flag: "--a".to_owned(), range };
    let (number, path) = (setting(Range::Number(1, 2, None)), setting(Range::Other));
    check_ranges(&[(&number, "2".to_owned()), (&path, "3".to_owned())]);
    let given = [(&path, "3".to_owned()), (&number, "3".to_owned())];
    assert_fails_with("--a is accepted with \"3\"", || check_ranges(&given));
}

#[test]
fn an_address_is_printed_without_its_secret() {
    let address = format!("redis://:{CANARY}@host");
    check_printed(&address, "redis://host");
    check_printed(&format!("redis://:{CANARY}"), CANARY);
    assert_fails_with("the secret is in", || check_printed(&address, &address));
}

#[test]
fn a_refusal_is_one_line_without_the_secret() {
    check_refusal("--port is 0 .. 65535");
    assert_fails_with("no line: \"\"", || check_refusal(""));
    assert_fails_with("no line: \"a\\nb\"", || check_refusal("a\nb"));
    assert_fails_with("the secret is in", || check_refusal(&format!("{CANARY} is no key")));
}

#[test]
fn what_is_accepted_is_so_again_as_it_is_printed() {
    let given = ["--port=1", "--api-keys=a-secret"];
    let arguments = given.map(str::to_owned);
    check_again(&applied(&given), &arguments);
    let changed = |given: &[(&str, Option<&str>)]| {
        let given =
            given.iter().map(|(flag, value)| ((*flag).to_owned(), value.map(str::to_owned)));
        Applied { given: given.collect(), ..applied(&["--port=1"]) }
    };
    for (told, applied) in [
        ("failed: []", changed(&[])),
        ("failed: [\"--port=2\"]", changed(&[("--port", Some("2"))])),
        ("[\"--port=x\"] are refused", changed(&[("--port", Some("x"))])),
        ("it was given", changed(&[("--api-key", None)])),
        ("the secret is in", self::applied(&[&format!("--audit-log={CANARY}.jsonl")])),
    ] {
        assert_fails_with(told, || check_again(&applied, &arguments));
    }
}
