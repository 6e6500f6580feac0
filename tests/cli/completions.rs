//! What shells complete command lines with.

use crate::errors::complaint;
use crate::stdout_of;

#[test]
fn each_shell_is_told_every_command_and_setting() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = stdout_of(&["completions", shell]);
        for word in ["serve", "simulate", "features", "validate", "sign", "completions", "man"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        for flag in ["tls-cert-path", "max-connection-age-ms", "spike-probability", "ghz"] {
            assert!(script.contains(flag), "{shell}: {flag}");
        }
    }
}

#[test]
fn values_are_completed_where_there_are_few() {
    let script = stdout_of(&["completions", "bash"]);
    for values in ["text json", "public authenticated off", "true false"] {
        assert!(script.contains(&format!("compgen -W \"{values}\"")), "{values}");
    }
    let script = stdout_of(&["completions", "zsh"]);
    assert!(script.contains("FORMAT:(text json)"), "{script}");
}

#[test]
fn a_shell_that_is_not_known_is_refused_with_those_that_are() {
    insta::assert_snapshot!(complaint(2, &["completions", "tcsh"]), @"error: invalid value 'tcsh' for '<SHELL>'; [possible values: bash, elvish, fish, powershell, zsh]; tip: a similar value exists: 'zsh'");
    insta::assert_snapshot!(complaint(2, &["completions"]), @"error: the following required arguments were not provided: <SHELL>");
}
