use conformance_wire::messages;

use super::*;
use crate::oracle_failures::assert_fails_with;

/// An error of code 3 with the text `no`, a detail, a trailer `retry-after: 7` and a message with
/// `growth_events` 4, whose status is in its trailers.
pub(crate) const ERROR: &[u8] =
    &[7, 3, 2, b'n', b'o', 0, 1, b'd', 0, 1, b'7', 0, 0, 1, 0, 2, 0x18, 4];
/// The same, but for the code, which is 0.
pub(crate) const OK: &[u8] = &[7, 0, 2, b'n', b'o', 0, 1, b'd', 0, 1, b'7', 0, 0, 1, 0, 2, 0x18, 4];

/// What a service answers by this script.
pub(crate) fn reply(script: &[u8]) -> Reply {
    let method = messages::method("mfn.MFNSimulationService/RunSimulation").expect("a method");
    Reply::take(&mut Input::new(script), &method.output())
}

/// The trailers of `reply`, as a service sends them, with these changed.
fn changed(reply: &Reply, changes: &[(&'static str, &str)]) -> HeaderMap {
    let mut trailers = reply.trailers();
    for (name, value) in changes {
        trailers.remove(*name);
        if !value.is_empty() {
            trailers.extend([header(name, value)]);
        }
    }
    trailers
}

#[test]
fn a_status_is_that_which_was_answered() {
    let reply = reply(ERROR);
    reply.check_status(&reply.trailers(), false);
    reply.check_status(&reply.trailers(), true);
    for (told, change) in [
        ("the code of", ("grpc-status", "0")),
        ("the code of", ("grpc-status", "")),
        ("the text of", ("grpc-message", "yes")),
        ("the text of", ("grpc-message", "")),
        ("base64", (DETAILS_BIN, "?")),
        ("a status", (DETAILS_BIN, "/w")),
        ("the details of", (DETAILS_BIN, "")),
        ("the details of", (DETAILS_BIN, "CAM")),
    ] {
        for is_connect in [false, true] {
            let read = changed(&reply, &[change]);
            assert_fails_with(told, || reply.check_status(&read, is_connect));
        }
    }
}

#[test]
fn connect_has_a_word_for_each_code_but_those_of_no_protocol() {
    let unknown = Reply { code: 17, ..reply(ERROR) };
    unknown.check_status(&unknown.trailers(), false);
    unknown.check_status(&changed(&unknown, &[("grpc-status", "2")]), true);
    assert_fails_with("the code of", || unknown.check_status(&unknown.trailers(), true));
    // And none for the text of a call that went well.
    let ok = reply(OK);
    ok.check_status(&changed(&ok, &[("grpc-message", ""), (DETAILS_BIN, "")]), true);
}

#[test]
fn trailers_are_those_which_were_answered() {
    let reply = reply(OK);
    reply.check_trailers(&changed(&reply, &[("x-other", "a")]));
    for value in ["", "8"] {
        let read = changed(&reply, &[("retry-after", value)]);
        assert_fails_with("retry-after of", || reply.check_trailers(&read));
    }
    let mut twice = reply.trailers();
    twice.append("retry-after", HeaderValue::from_static("7"));
    assert_fails_with("retry-after of", || reply.check_trailers(&twice));
}
