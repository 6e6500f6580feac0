//! The manual pages.

use std::fs;

use crate::errors::complaint;
use crate::stdout_of;

const COMMANDS: [&str; 10] = [
    "call",
    "completions",
    "features",
    "health",
    "man",
    "serve",
    "sign",
    "simulate",
    "sweep",
    "validate",
];

#[test]
fn the_page_of_the_program_is_printed() {
    insta::assert_snapshot!("mfn", stdout_of(&["man"]));
}

#[test]
fn each_command_has_a_page_in_the_folder() {
    let folder = tempfile::tempdir().expect("a folder can be created");
    let pages = folder.path().join("share/man/man1");
    let path = pages.to_str().expect("a path in UTF-8");
    // Pages that are there already are replaced.
    for _ in 0..2 {
        assert_eq!(stdout_of(&["man", path]), "");
    }
    let page = |name: &str| {
        let path = pages.join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    assert_eq!(page("mfn.1"), stdout_of(&["man"]));
    for command in COMMANDS {
        let text = page(&format!("mfn-{command}.1"));
        assert!(text.contains(&format!(".TH mfn-{command} 1")), "{text:.200}");
        assert!(text.contains(".SH EXAMPLES\n.nf\n"), "{command}");
    }
    assert_eq!(fs::read_dir(&pages).expect("a folder").count(), 1 + COMMANDS.len());

    let serve = page("mfn-serve.1");
    assert!(serve.contains("MFN_GRPC_MAX_WORKERS"), "settings have their variables");
    assert!(serve.contains("\nMFN_API_KEYS=secret\\-one,secret\\-two mfn serve\n"), "{serve}");
    // The rest of what the help says below the flags.
    assert!(serve.contains("On SIGHUP it reads"), "{serve}");
}

#[test]
fn a_page_does_not_depend_on_the_machine() {
    let folder = tempfile::tempdir().expect("a folder can be created");
    stdout_of(&["man", folder.path().to_str().expect("a path in UTF-8")]);
    let serve = fs::read_to_string(folder.path().join("mfn-serve.1")).expect("a page");
    let (_, threads) = serve.split_once("\\fB\\-\\-io\\-threads\\fR").expect("a setting");
    let (threads, _) = threads.split_once(".TP").expect("another setting");
    assert!(!threads.contains("[default: "), "{threads}");
}

#[test]
fn pages_that_cannot_be_written_are_told() {
    insta::assert_snapshot!(complaint(1, &["man", "/dev/null/man1"]), @"error: cannot write /dev/null/man1: Not a directory (os error 20)");
}
