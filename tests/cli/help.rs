//! What a person reads first.

use crate::errors::complaint;
use crate::{run, stdout_of, text};

#[test]
fn each_command_explains_itself() {
    insta::assert_snapshot!("mfn", stdout_of(&["--help"]));
    insta::assert_snapshot!("mfn_serve", stdout_of(&["serve", "--help"]));
    insta::assert_snapshot!("mfn_simulate", stdout_of(&["simulate", "--help"]));
    insta::assert_snapshot!("mfn_features", stdout_of(&["features", "--help"]));
    insta::assert_snapshot!("mfn_validate", stdout_of(&["validate", "--help"]));
    insta::assert_snapshot!("mfn_sweep", stdout_of(&["sweep", "--help"]));
    insta::assert_snapshot!("mfn_call", stdout_of(&["call", "--help"]));
    insta::assert_snapshot!("mfn_sign", stdout_of(&["sign", "--help"]));
    insta::assert_snapshot!("mfn_health", stdout_of(&["health", "--help"]));
    insta::assert_snapshot!("mfn_completions", stdout_of(&["completions", "--help"]));
    insta::assert_snapshot!("mfn_man", stdout_of(&["man", "--help"]));
}

#[test]
fn without_arguments_it_shows_its_help_but_has_not_succeeded() {
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(output.stdout), "");
    assert_eq!(text(output.stderr), stdout_of(&["--help"]));
}

#[test]
fn the_word_help_is_as_good_as_the_flag() {
    assert_eq!(stdout_of(&["help"]), stdout_of(&["--help"]));
    assert_eq!(stdout_of(&["help", "serve"]), stdout_of(&["serve", "--help"]));
    insta::assert_snapshot!(complaint(2, &["help", "serv"]), @"error: unrecognized subcommand 'serv'");
}
