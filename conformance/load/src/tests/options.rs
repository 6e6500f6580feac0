//! The command line.

use clap::{CommandFactory as _, Parser};

use crate::Failure;
use crate::Load;
use crate::compare::Compare;

#[derive(Debug, Parser)]
#[command(name = "load", max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    load: Load,
}

/// Why these options are refused: by the parser, or by the check after it.
fn refused(options: &[&str]) -> String {
    let target = ["load", "--target", "http://127.0.0.1:1"];
    match Cli::try_parse_from(target.iter().chain(options)) {
        Err(error) => error.to_string().lines().next().unwrap_or_default().to_owned(),
        Ok(cli) => match cli.load.plan() {
            Err(Failure::Usage(message)) => format!("error: {message}"),
            other => panic!("{options:?} are accepted: {other:?}"),
        },
    }
}

#[test]
fn bad_options_are_refused_with_what_is_allowed() {
    let refusals: Vec<_> = [
        &["--connections", "0"][..],
        &["--connections", "1001"],
        &["--streams", "0"],
        &["--threads", "65"],
        &["--calls", "0"],
        &["--rate", "0"],
        &["--rate", "-1"],
        &["--rate", "nan"],
        &["--duration", "0s"],
        &["--duration", "25h"],
        &["--duration", "soon"],
        &["--timeout", "6min"],
        &["--max-error-rate", "1.5"],
        &["--seed", "random"],
        &["--data", "{\"grid\": 16}"],
        &["--sign-each"],
        &["--api-key", "a key"],
        &["--calls", "1", "--duration", "1s"],
        &["--expect", "p99_ms = 5"],
    ]
    .iter()
    .map(|options| refused(options))
    .collect();
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn a_key_is_not_printed() {
    let options = ["load", "--target", "http://127.0.0.1:1", "--api-key", "hush"];
    let cli = Cli::try_parse_from(options).expect("good");
    let plan = cli.load.plan().expect("good");
    assert!(!format!("{cli:?} {plan:?}").contains("hush"));
}

#[test]
fn methods_have_a_short_and_a_full_name() {
    for name in ["StreamFeatures", "mfn.MFNFeaturesService/StreamFeatures"] {
        let options = ["load", "--target", "http://127.0.0.1:1", "--method", name];
        let cli = Cli::try_parse_from(options).expect("a method");
        let plan = cli.load.plan().expect("good");
        assert_eq!(cli.load.settings(&plan).method, "mfn.MFNFeaturesService/StreamFeatures");
    }
}

#[test]
fn threads_are_no_more_than_connections() {
    let options = ["load", "--target", "http://127.0.0.1:1", "--threads", "8", "-c", "3"];
    let plan = Cli::try_parse_from(options).expect("good").load.plan().expect("good");
    assert_eq!(plan.threads, 3);
}

#[derive(Debug, Parser)]
#[command(name = "compare", max_term_width = 100)]
struct CompareCli {
    #[command(flatten)]
    compare: Compare,
}

#[test]
fn the_help_of_comparisons_has_examples() {
    insta::assert_snapshot!(CompareCli::command().term_width(100).render_help());
}

#[test]
fn the_help_has_examples() {
    insta::assert_snapshot!(Cli::command().term_width(100).render_help());
}
