//! The files of the tree.

use std::fs;
use std::path::Path;

/// Where hand-written text is, in Rust and otherwise.
const FOLDERS: &[&str] = &[".ci", "benches", "crates", "proto", "spec", "src", "tests"];
/// What hand-written text ends with.
const ENDINGS: &[&str] = &["md", "proto", "rs", "sh", "toml", "yaml"];

/// A file's path from the top of the tree, with `/`, and its text.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn read(path: &str) -> Self {
        let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let text = fs::read_to_string(&full).unwrap_or_else(|e| panic!("{}: {e}", full.display()));
        Self { path: path.to_owned(), text }
    }
}

/// All hand-written files: of the folders, and those that lie at the top.
pub(crate) fn text_files() -> impl Iterator<Item = File> {
    let mut paths = Vec::new();
    for folder in FOLDERS {
        collect(folder, true, &mut paths);
    }
    collect("", false, &mut paths);
    paths.into_iter().map(|path| File::read(&path))
}

/// All Rust files.
pub(crate) fn rust_files() -> impl Iterator<Item = File> {
    text_files().filter(|file| has_ending(&file.path, &["rs"]))
}

fn collect(folder: &str, deep: bool, paths: &mut Vec<String>) {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(&full).unwrap_or_else(|e| panic!("{}: {e}", full.display()));
    for entry in entries {
        let entry = entry.expect("a folder of the tree can be listed");
        let name = entry.file_name().into_string().expect("names in the tree are UTF-8");
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        if entry.file_type().expect("a file of the tree has a type").is_dir() {
            if deep {
                collect(&path, deep, paths);
            }
        } else if has_ending(&path, ENDINGS) {
            paths.push(path);
        }
    }
}

fn has_ending(path: &str, endings: &[&str]) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending))
}
