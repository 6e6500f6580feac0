//! What the program says of itself, and what it knows its commit by.

use std::fs;
use std::path::Path;

use mfn_core::InstructionSet;
use tempfile::TempDir;

use crate::stdout_of;

/// `main` is called by nobody here.
#[expect(dead_code)]
#[path = "../../build.rs"]
mod build_script;

use build_script::History;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const OTHER: &str = "fedcba9876543210fedcba9876543210fedcba98";

#[test]
fn the_short_version_is_one_line() {
    assert_eq!(stdout_of(&["-V"]), concat!("mfn ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn the_long_version_tells_two_programs_of_one_version_apart() {
    let told = stdout_of(&["--version"]);
    let lines: Vec<_> = told.lines().collect();
    let commit = option_env!("MFN_BUILD_COMMIT").unwrap_or("not recorded");
    let instruction_set = InstructionSet::detect().name();
    assert_eq!(
        lines,
        [
            concat!("mfn ", env!("CARGO_PKG_VERSION")).to_owned(),
            format!("commit           {commit}"),
            format!("spec             {}", mfn_server::SPEC_VERSION),
            format!("instruction set  {instruction_set}"),
        ]
    );
}

#[test]
fn a_commit_is_found_however_git_keeps_it() {
    let detached = tree(&[(".git/HEAD", COMMIT)]);
    assert_eq!(head(&detached), Some(COMMIT.to_owned()));

    let loose = tree(&[(".git/HEAD", "ref: refs/heads/main\n"), (".git/refs/heads/main", COMMIT)]);
    assert_eq!(head(&loose), Some(COMMIT.to_owned()));

    let packed =
        format!("# pack-refs with: peeled\n{OTHER} refs/heads/x\n{COMMIT} refs/heads/main\n");
    let packed = tree(&[(".git/HEAD", "ref: refs/heads/main\n"), (".git/packed-refs", &packed)]);
    assert_eq!(head(&packed), Some(COMMIT.to_owned()));

    // A work tree beside the first one, where a file names the folder.
    let beside = tree(&[
        (".git", "gitdir: main/.git/worktrees/beside\n"),
        ("main/.git/worktrees/beside/HEAD", "ref: refs/heads/beside\n"),
        ("main/.git/worktrees/beside/commondir", "../..\n"),
        ("main/.git/refs/heads/beside", COMMIT),
    ]);
    assert_eq!(head(&beside), Some(COMMIT.to_owned()));
}

#[test]
fn a_tree_without_a_history_has_no_commit() {
    assert_eq!(head(&tree(&[])), None);
    for head_file in ["", "ref: refs/heads/gone\n", "main\n", &COMMIT[1..]] {
        assert_eq!(head(&tree(&[(".git/HEAD", head_file)])), None, "{head_file:?}");
    }
    assert_eq!(head(&tree(&[(".git", "not the name of a folder\n")])), None);
}

fn head(tree: &TempDir) -> Option<String> {
    History::at(&tree.path().join(".git")).and_then(|history| history.head())
}

/// A folder with these files.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let tree = tempfile::tempdir().expect("a folder can be created");
    for (name, text) in files {
        let path = tree.path().join(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("a folder is created");
        fs::write(path, text).expect("a file is written");
    }
    tree
}
