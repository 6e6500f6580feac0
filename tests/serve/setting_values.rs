//! Settings with values as people and tools write them.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::configuration::{run, text};
use crate::serving::{MFN, mfn, without_settings};

/// `MFN_...` and the values that a person may give them, among which are files that
/// have to be there.
fn some_values() -> Vec<(String, String)> {
    let keys = Path::new(env!("CARGO_TARGET_TMPDIR")).join("some-values.toml");
    fs::write(&keys, "[[key]]\nid = 'lab'\nsecrets = ['of-the-lab']\n").expect("a file");
    let special = [
        ("MFN_GRPC_HOST", "127.0.0.2"),
        ("MFN_GRPC_TLS_ENABLED", "TRUE"),
        ("MFN_GRPC_TLS_CERT_PATH", "it's a $HOME/cert #1.pem"),
        ("MFN_GRPC_TLS_KEY_PATH", "key;.pem"),
        ("MFN_GRPC_TLS_CLIENT_CA_PATH", "`ca`"),
        ("MFN_API_KEYS", "a$b, c"),
        ("MFN_API_KEY", "d"),
        ("MFN_API_KEYS_FILE", keys.to_str().expect("UTF-8")),
        ("MFN_GRPC_AUDIT_LOG", "calls of today.jsonl"),
        ("MFN_GRPC_REFLECTION", "off"),
        ("MFN_GRPC_ADMIN_HOST", "::1"),
        ("MFN_LOG", "warn,h2=debug"),
        ("MFN_LOG_FORMAT", "text"),
        ("MFN_GRPC_SHARED_LIMITS_FALLBACK", "refuse"),
        ("MFN_GRPC_WEB_PAGE", "1"),
        ("MFN_GRPC_CORS_ORIGINS", "https://a.example,https://b.example:8443"),
    ];
    let printed = text(run(&[], &[]).stdout);
    let names = printed.lines().map(|line| line.split('=').next().expect("a name"));
    names
        .map(|name| {
            let value = special.iter().find(|(named, _)| *named == name).map(|(_, value)| *value);
            let is_boolean =
                ["false", "true"].iter().any(|it| printed.contains(&format!("{name}={it} ")));
            let default = if is_boolean { "1" } else { "64" };
            (name.to_owned(), value.unwrap_or(default).to_owned())
        })
        .collect()
}

fn borrowed(variables: &[(String, String)]) -> Vec<(&str, &str)> {
    variables.iter().map(|(name, value)| (&**name, &**value)).collect()
}

/// What is printed with these variables.
fn printed(variables: &[(String, String)]) -> String {
    let output = run(&borrowed(variables), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(output.stderr));
    text(output.stdout)
}

// shows MFN-CONF-011
#[test]
fn an_empty_variable_is_as_good_as_none() {
    for empty in ["", " ", "\r\n"] {
        let all: Vec<_> =
            some_values().into_iter().map(|(name, _)| (name, empty.to_owned())).collect();
        let output = run(&borrowed(&all), &[]);
        assert_eq!(text(output.stderr), "");
        assert_eq!(text(output.stdout), text(run(&[], &[]).stdout));
    }
    // Nor is one that says nothing what a flag was given for.
    let output = run(&[("MFN_GRPC_PORT", "")], &["--port", ""]);
    insta::assert_snapshot!(text(output.stderr), @"error: invalid value '' for '--port <PORT>': an integer from 0 to 65535 is expected");
    // And it is still in the help.
    let help = |value| mfn(&["serve", "--help"]).env("MFN_GRPC_PORT", value).output();
    let help = |value| text(help(value).expect("mfn starts").stdout);
    assert!(help("").contains("[env: MFN_GRPC_PORT]"), "{}", help(""));
    assert_eq!(help(""), help("1"));
}

// shows MFN-CONF-011
#[test]
fn white_space_at_the_ends_is_part_of_no_value() {
    let plain = some_values();
    for (before, after) in [(" ", ""), ("", "\n"), ("\t", " \r\n")] {
        let spaced =
            plain.iter().map(|(name, value)| (name.clone(), format!("{before}{value}{after}")));
        assert_eq!(printed(&spaced.collect::<Vec<_>>()), printed(&plain), "{before:?} {after:?}");
    }
    let output = run(&[("MFN_GRPC_PORT", " 65536\n")], &["--host= x "]);
    insta::assert_snapshot!(text(output.stderr), @"error: invalid value 'x' for '--host <ADDRESS>': an IP address is expected, such as 127.0.0.1 or ::1");
    let output = run(&[("MFN_GRPC_PORT", " 65536\n")], &[]);
    insta::assert_snapshot!(text(output.stderr), @"error: invalid value '65536' for 'MFN_GRPC_PORT': an integer from 0 to 65535 is expected");
}

// shows MFN-CONF-005
#[test]
fn white_space_alone_is_no_path() {
    for flag in ["--tls-cert-path", "--api-keys-file", "--shared-limits-ca-path"] {
        let output = run(&[], &[&format!("{flag}= ")]);
        let expected = format!("error: invalid value '' for '{flag} <FILE>': a path is expected\n");
        assert_eq!(text(output.stderr), expected);
        assert_eq!(output.status.code(), Some(2));
    }
}

// shows MFN-CONF-012
#[test]
fn quotation_marks_around_a_value_are_refused_in_every_setting() {
    for (name, value) in some_values() {
        for mark in ["\"", "'"] {
            let quoted = format!("{mark}{value}{mark}");
            let flag = name.trim_start_matches("MFN_GRPC_").trim_start_matches("MFN_");
            let flag = format!("--{}", flag.to_lowercase().replace('_', "-"));
            let by_flag = run(&[], &[&format!("{flag}={quoted}")]);
            for (output, named) in [(run(&[(&name, &quoted)], &[]), &name), (by_flag, &flag)] {
                let expected = format!(
                    "error: {named} is in quotation marks, which would be part of the value: \
                     leave them out\n"
                );
                assert_eq!(text(output.stderr), expected);
                assert_eq!(output.status.code(), Some(2));
            }
        }
    }
    let output = run(&[("MFN_API_KEYS", "a,\"b\"")], &[]);
    insta::assert_snapshot!(text(output.stderr), @"error: MFN_API_KEYS (--api-keys): key 2 is in quotation marks, which would be part of the value: leave them out");
    // What a flag has replaced is not looked at.
    assert_eq!(run(&[("MFN_GRPC_PORT", "\"1\"")], &["--port=2"]).status.code(), Some(0));
}

// shows MFN-CONF-015
#[test]
fn a_shell_can_read_what_was_printed_and_it_applies_again() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("printed.env");
    let assignments = |printed: &str| -> Vec<String> {
        let lines = printed.lines().map(|line| line.rsplit_once("  # ").expect("a source").0);
        lines.map(|assignment| assignment.trim_end().to_owned()).collect()
    };
    let with_keys = vec![("MFN_API_KEYS".to_owned(), "secret-one,secret-two".to_owned())];
    for variables in [vec![], with_keys, some_values()] {
        let first = printed(&variables);
        assert!(!first.contains("secret-one"), "{first}");
        fs::write(&file, &first).expect("it can be written");
        for shell in ["sh", "bash"] {
            let script = "set -a && . \"$1\" && exec \"$0\" serve --print-config";
            let mut command = Command::new(shell);
            // What may be secret is not printed, and so has to be there still.
            let is_secret =
                |name: &str| name.starts_with("MFN_API_KEY") || name.ends_with("_LIMITS_URL");
            let secrets = variables.iter().filter(|(name, _)| is_secret(name));
            without_settings(&mut command).args(["-c", script, MFN]).arg(&file);
            let output = command.envs(secrets.cloned()).output().expect("the shell starts");
            assert_eq!(text(output.stderr), "");
            assert_eq!(assignments(&text(output.stdout)), assignments(&first));
        }
    }
}
