//! Bad input: one clear line, and an exit code.

use std::process::Stdio;

use crate::{mfn, run, text};

/// The one line on standard error of a run that fails with `code` and prints
/// nothing else.
pub(crate) fn complaint(code: i32, arguments: &[&str]) -> String {
    complaint_in(code, arguments, &[])
}

fn complaint_in(code: i32, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = mfn(arguments).envs(variables.iter().copied()).output().expect("mfn starts");
    let stderr = text(output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert_eq!(text(output.stdout), "");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    stderr.trim_end().to_owned()
}

#[test]
fn every_parameter_that_is_out_of_its_range_is_named() {
    let one = complaint(2, &["simulate", "--grid-size", "3"]);
    insta::assert_snapshot!(one, @"error: --grid-size is 3, allowed is 4..=1024");
    let all = ["--grid-size=1025", "--steps=-1", "--alpha=0.25", "--spike-probability=NaN"];
    insta::assert_snapshot!(complaint(2, &[&["simulate"], &all[..]].concat()), @"error: --grid-size is 1025, allowed is 4..=1024; --steps is -1, allowed is 1..=10000; --alpha is 0.25, allowed is [0.05, 0.25); --spike-probability is NaN, allowed is [0, 1]");
}

#[test]
fn the_ends_of_every_range_are_allowed() {
    for ends in [
        ["--seed=-2147483648", "--grid-size=4", "--steps=1", "--alpha=0.05"],
        ["--seed=2147483647", "--grid-size=1024", "--steps=1", "--alpha=0.2499999999999999"],
        ["--spike-probability=0", "--grid-size=4", "--steps=10000", "--alpha=0.2"],
        ["--spike-probability=1", "--grid-size=4", "--steps=10000", "--alpha=0.2"],
    ] {
        let output = run(&[&["simulate"], &ends[..]].concat());
        assert!(output.status.success(), "{ends:?}: {}", text(output.stderr));
    }
}

#[test]
fn what_is_no_number_is_refused() {
    let of = |argument| complaint(2, &["simulate", argument]);
    insta::assert_snapshot!(of("--seed=2147483648"), @"error: invalid value '2147483648' for '--seed <INTEGER>': an integer of at most 32 bits is expected");
    insta::assert_snapshot!(of("--grid-size=wide"), @"error: invalid value 'wide' for '--grid-size <CELLS>': an integer of at most 32 bits is expected");
    insta::assert_snapshot!(of("--alpha=0,18"), @"error: invalid value '0,18' for '--alpha <NUMBER>': a number is expected");
    insta::assert_snapshot!(of("--steps"), @"error: a value is required for '--steps <STEPS>' but none was supplied");
}

#[test]
fn what_is_unknown_is_refused_with_the_nearest_that_is_known() {
    insta::assert_snapshot!(complaint(2, &["simulat"]), @"error: unrecognized subcommand 'simulat'; tip: a similar subcommand exists: 'simulate'");
    insta::assert_snapshot!(complaint(2, &["simulate", "--sed", "42"]), @"error: unexpected argument '--sed' found; tip: a similar argument exists: '--seed'");
    insta::assert_snapshot!(complaint(2, &["simulate", "42"]), @"error: unexpected argument '42' found");
    insta::assert_snapshot!(complaint(2, &["simulate", "--include-field"]), @"error: the following required arguments were not provided: --json");
}

#[test]
fn a_bad_address_is_refused_by_the_name_that_it_came_under() {
    insta::assert_snapshot!(complaint(2, &["serve", "--port", "65536"]), @"error: invalid value '65536' for '--port <PORT>': an integer from 0 to 65535 is expected");
    insta::assert_snapshot!(complaint(2, &["serve", "--host", "localhost"]), @"error: invalid value 'localhost' for '--host <ADDRESS>': an IP address is expected, such as 127.0.0.1 or ::1");
    insta::assert_snapshot!(complaint(2, &["serve", "--log", "h2=loud"]), @"error: invalid value 'h2=loud' for '--log <FILTER>': off, error, warn, info or debug is expected, or by module such as info,h2=debug");
    let in_variable = |name, value| complaint_in(2, &["serve"], &[(name, value)]);
    insta::assert_snapshot!(in_variable("MFN_GRPC_PORT", "-1"), @"error: invalid value '-1' for 'MFN_GRPC_PORT': an integer from 0 to 65535 is expected");
    insta::assert_snapshot!(in_variable("MFN_GRPC_HOST", "::1/128"), @"error: invalid value '::1/128' for 'MFN_GRPC_HOST': an IP address is expected, such as 127.0.0.1 or ::1");
    insta::assert_snapshot!(in_variable("MFN_LOG", "h2=loud"), @"error: invalid value 'h2=loud' for 'MFN_LOG': off, error, warn, info or debug is expected, or by module such as info,h2=debug");
    let both = complaint_in(2, &["serve", "--port", "x"], &[("MFN_GRPC_PORT", "y")]);
    insta::assert_snapshot!(both, @"error: invalid value 'x' for '--port <PORT>': an integer from 0 to 65535 is expected");
}

#[test]
fn a_picture_that_cannot_be_written_is_said_in_one_line() {
    let directory = env!("CARGO_TARGET_TMPDIR");
    for drawing in [["simulate", "--png"], ["features", "--plot"]] {
        let message = complaint(1, &[&drawing[..], &[directory, "--grid-size=4"]].concat());
        let expected = format!("error: cannot write {directory}: ");
        assert!(message.starts_with(&expected), "{message}");
    }
}

#[test]
fn a_reader_who_has_gone_is_no_error() {
    for arguments in [
        &["simulate", "--json", "--include-field", "--grid-size=256"][..],
        &["simulate", "--png", "-"],
        &["features", "--plot", "-"],
        &["features"],
        &["validate", "--grid-size=4"],
        &["sign", "--api-key=a", "mfn.MFNSimulationService/RunSimulation"],
        &["serve", "--print-config"],
        &["serve", "--help"],
    ] {
        let mut program = mfn(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("mfn starts");
        drop(program.stdout.take());
        let output = program.wait_with_output().expect("mfn ends");
        assert_eq!(text(output.stderr), "", "{arguments:?}");
        assert!(output.status.success(), "{arguments:?}: {}", output.status);
    }
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_not_utf_8_is_refused_without_a_panic() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let output = crate::mfn(&[]).arg(OsStr::from_bytes(b"\xff")).output().expect("mfn starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.starts_with("error: unrecognized subcommand"), "{error}");
}

/// Linux has a device that is full at any time.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_named_as_it_was_asked_for() {
    let said = |arguments: &[&str]| {
        let full = std::fs::File::options().write(true).open("/dev/full").expect("it is there");
        let output = mfn(arguments).stdout(full).output().expect("mfn starts");
        assert_eq!(output.status.code(), Some(1));
        text(output.stderr)
    };
    insta::assert_snapshot!(said(&["simulate", "--grid-size=4", "--png", "-"]), @"error: cannot write to standard output: No space left on device (os error 28)");
    insta::assert_snapshot!(said(&["sweep", "--grid-size=4", "--csv", "-"]), @"error: cannot write to standard output: No space left on device (os error 28)");
    insta::assert_snapshot!(complaint(1, &["simulate", "--grid-size=4", "--png", "/dev/full"]), @"error: cannot write /dev/full: No space left on device (os error 28)");
    insta::assert_snapshot!(complaint(1, &["sweep", "--grid-size=4", "--csv", "/dev/full"]), @"error: cannot write /dev/full: No space left on device (os error 28)");
}
