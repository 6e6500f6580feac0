use conformance::verdict::Verdict;
use conformance_wire::frames::literal;

use super::*;
use crate::oracle_failures::assert_fails_with;

/// What a server has sent with a header of this name and value.
fn sent(name: &str, value: &str) -> Vec<u8> {
    let mut block = Vec::new();
    literal(&mut block, name, value);
    block
}

#[test]
fn a_test_passes_by_a_status_that_its_case_expects() {
    let ok = Expect::default();
    let code = Expect { code: Code::NotFound, also_allowed: vec![Code::Unknown], ..ok.clone() };
    let http = Expect { http: Some(415), ..ok.clone() };
    let any = Expect { any_refusal: true, ..code.clone() };
    for (expect, sent, may) in [
        (&ok, sent("grpc-status", "0"), true),
        (&ok, sent("grpc-status", "5"), false),
        (&ok, sent("grpc-message", "0"), false),
        (&ok, sent("grpc-status", "x"), false),
        (&ok, vec![], false),
        (&code, sent("grpc-status", "5"), true),
        (&code, sent("grpc-status", "2"), true),
        // What is no code is UNKNOWN.
        (&code, sent("grpc-status", "99"), true),
        (&code, sent("grpc-status", "0"), false),
        (&http, sent(":status", "415"), true),
        (&http, sent(":status", "200"), false),
        (&http, sent("grpc-status", "0"), false),
        (&any, vec![], true),
    ] {
        let check = || check_pass(&tests()[0], expect, &sent);
        if may { check() } else { assert_fails_with("passes by", check) }
    }
    // A value in the code of RFC 7541 may be any.
    assert!(may_pass(&ok, b"\x0bgrpc-status\x81\x07"));
}

#[test]
fn a_report_of_a_hostile_server_is_one() {
    let hostile = "\x1b[2J\r\n::error title=a::b\n</testcase><testcase/>]]>&\u{202e}\u{2066}\u{0}";
    let test = &tests()[0];
    for outcome in [Outcome::pass(), Outcome::because(Verdict::Fail, hostile)] {
        reports::check(&report(test, outcome));
    }
}
