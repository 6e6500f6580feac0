//! Tells the program which commit it is built from.
//!
//! Nothing here can fail a build: a tree without a history is built as well, and
//! its program says that the commit is not recorded.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The variable of the compiler that names the commit. Whoever builds without the
/// history, as packagers do, can set it for the whole build.
const COMMIT: &str = "MFN_BUILD_COMMIT";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={COMMIT}");
    // A debug build is one of a tree that is being worked on, which no commit
    // describes; and each commit would have all tests compiled again.
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if !is_release || env::var_os(COMMIT).is_some() {
        return;
    }
    let Some(history) = History::at(Path::new(".git")) else { return };
    for file in history.files() {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    if let Some(commit) = history.head() {
        println!("cargo::rustc-env={COMMIT}={commit}");
    }
}

/// Where git keeps what was committed.
pub(crate) struct History {
    /// Of this work tree.
    own: PathBuf,
    /// Of all work trees of the repository.
    shared: PathBuf,
}

impl History {
    /// What `git`, a folder or a file that names one, stands for.
    pub(crate) fn at(git: &Path) -> Option<Self> {
        let own = if git.is_dir() {
            git.to_owned()
        } else {
            let text = fs::read_to_string(git).ok()?;
            git.parent()?.join(text.strip_prefix("gitdir:")?.trim())
        };
        let shared = match fs::read_to_string(own.join("commondir")) {
            Ok(folder) => own.join(folder.trim()),
            Err(_) => own.clone(),
        };
        Some(Self { own, shared })
    }

    /// The commit that the work tree is of.
    pub(crate) fn head(&self) -> Option<String> {
        let head = fs::read_to_string(self.own.join("HEAD")).ok()?;
        let Some(name) = head.strip_prefix("ref:").map(str::trim) else { return commit(&head) };
        let loose = fs::read_to_string(self.shared.join(name));
        loose.ok().and_then(|text| commit(&text)).or_else(|| self.packed(name))
    }

    /// The commit of the branch `name`, if git has put it into its list of branches.
    fn packed(&self, name: &str) -> Option<String> {
        let list = fs::read_to_string(self.shared.join("packed-refs")).ok()?;
        let mut lines = list.lines().filter_map(|line| line.split_once(' '));
        lines.find(|(_, found)| *found == name).and_then(|(id, _)| commit(id))
    }

    /// The files of which one changes when the commit does. Cargo would run this
    /// again for each build if one of them did not exist.
    fn files(&self) -> impl Iterator<Item = PathBuf> {
        let own = ["HEAD", "logs/HEAD"].map(|name| self.own.join(name));
        own.into_iter().chain([self.shared.join("packed-refs")]).filter(|file| file.is_file())
    }
}

/// The id of a commit, SHA-1 or SHA-256, and nothing else.
fn commit(text: &str) -> Option<String> {
    let id = text.trim();
    let is_id = [40, 64].contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| id.to_owned())
}
