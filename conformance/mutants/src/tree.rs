//! The reference with all mutants in its source, and the program built of it.
//!
//! One program holds all mutants, so they cost one build, and the next build
//! after a change of a few files compiles these alone. Dependencies are shared
//! with the workspace's own builds.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use thiserror::Error;

use super::catalogue::Catalogue;
use super::edit::{Refusal, mutated};

/// What the program is made of, from the root of the workspace.
const FOLDERS: [&str; 4] = ["crates", "fixtures/ghz", "proto", "src"];
const LOCK: &str = "Cargo.lock";
const MANIFEST: &str = "Cargo.toml";
/// Where the members of the workspace are that are part of the program.
const MEMBERS: &str = "crates";
/// What in the manifest needs members that the copy does not have.
const OF_OTHER_MEMBERS: [&str; 1] = ["dev-dependencies"];
/// The member that has dependencies compiled with the features of the tests. With
/// it the copy finds them compiled.
const FEATURES: &str = "workspace-hack";
/// The version of what has the mutants in it. Cargo tells two packages of one
/// target directory apart by name, version and path from their workspace: without
/// it the next build of the real program would take over what was compiled here.
const VERSION: &str = "0.0.0-mutants";

/// Why there is no such program.
#[derive(Debug, Error)]
pub enum TreeError {
    /// A file or folder cannot be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A change cannot be made.
    #[error("the mutant {} cannot be made in {file}: {}", refusal.mutant, refusal.why)]
    Edit {
        /// Of which file, from the root of the workspace.
        file: String,
        /// Of which mutant, and why not.
        refusal: Refusal,
    },
    /// The workspace's manifest is not what is expected of it.
    #[error("{MANIFEST} cannot be copied: {0}")]
    Manifest(String),
    /// It does not compile: what cargo said.
    #[error("the mutants do not compile:\n{0}")]
    Build(String),
}

/// Writes the mutants of `catalogue` into a copy of the workspace in `root`, and
/// builds its program; both go below `target`, the workspace's target directory.
/// Returns the program's path.
///
/// # Errors
/// See [`TreeError`].
pub fn build(catalogue: &Catalogue, root: &Path, target: &Path) -> Result<PathBuf, TreeError> {
    let tree = target.join("mutants/tree");
    write(catalogue, root, &tree)?;
    compile(&tree, target, &target.join("mutants/build"))
}

/// Writes the mutants of `catalogue` into a copy of the workspace in `root`. What
/// is in `tree` already and would be the same is left alone, so that it need not
/// be compiled again; what is not part of the copy is removed.
///
/// # Errors
/// A file cannot be read or written, or a change not made.
pub fn write(catalogue: &Catalogue, root: &Path, tree: &Path) -> Result<(), TreeError> {
    let mut files = BTreeSet::from([LOCK.into(), MANIFEST.into()]);
    for folder in FOLDERS {
        collect(root, Path::new(folder), &mut files)?;
    }
    let edits = catalogue.edits_by_file();
    for file in &files {
        let source = root.join(file);
        let mut bytes = fs::read(&source).map_err(at(&source))?;
        if file == Path::new(MANIFEST) {
            bytes = manifest(&bytes)?.into_bytes();
        }
        if let Some(edits) = file.to_str().and_then(|file| edits.get(file)) {
            bytes = mutated(&String::from_utf8_lossy(&bytes), edits)
                .map_err(|refusal| TreeError::Edit { file: file.display().to_string(), refusal })?
                .into_bytes();
        }
        write_if_new(&tree.join(file), &bytes)?;
    }
    remove_others(tree, &files)
}

/// The workspace's manifest for the program alone.
fn manifest(bytes: &[u8]) -> Result<String, TreeError> {
    let text = String::from_utf8_lossy(bytes);
    let mut manifest: toml::Table =
        text.parse().map_err(|error: toml::de::Error| TreeError::Manifest(error.to_string()))?;
    for table in OF_OTHER_MEMBERS {
        manifest.remove(table);
    }
    let inherited = toml::Table::from_iter([("workspace".to_owned(), true.into())]);
    table(&mut manifest, "dependencies")?.insert(FEATURES.to_owned(), inherited.into());
    let workspace = table(&mut manifest, "workspace")?;
    let Some(members) = workspace.get_mut("members").and_then(toml::Value::as_array_mut) else {
        return Err(TreeError::Manifest("it has no workspace.members".to_owned()));
    };
    members.retain(is_of_the_program);
    workspace.remove("default-members");
    table(workspace, "dependencies")?
        .retain(|_, dependency| dependency.get("path").is_none_or(is_of_the_program));
    table(workspace, "package")?.insert("version".to_owned(), VERSION.into());
    toml::to_string(&manifest).map_err(|error| TreeError::Manifest(error.to_string()))
}

fn table<'a>(tables: &'a mut toml::Table, name: &str) -> Result<&'a mut toml::Table, TreeError> {
    let table = tables.get_mut(name).and_then(toml::Value::as_table_mut);
    table.ok_or_else(|| TreeError::Manifest(format!("it has no table {name}")))
}

fn is_of_the_program(path: &toml::Value) -> bool {
    path.as_str().is_some_and(|path| Path::new(path).starts_with(MEMBERS))
}

/// The files in `folder`, from `root`.
fn collect(root: &Path, folder: &Path, files: &mut BTreeSet<PathBuf>) -> Result<(), TreeError> {
    let path = root.join(folder);
    for entry in fs::read_dir(&path).map_err(at(&path))? {
        let entry = entry.map_err(at(&path))?;
        let name = folder.join(entry.file_name());
        if entry.file_type().map_err(at(&path))?.is_dir() {
            collect(root, &name, files)?;
        } else {
            files.insert(name);
        }
    }
    Ok(())
}

fn write_if_new(path: &Path, bytes: &[u8]) -> Result<(), TreeError> {
    if fs::read(path).is_ok_and(|before| before == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    fs::write(path, bytes).map_err(at(path))
}

fn remove_others(tree: &Path, files: &BTreeSet<PathBuf>) -> Result<(), TreeError> {
    let mut present = BTreeSet::new();
    collect(tree, Path::new(""), &mut present)?;
    for other in present.difference(files) {
        let path = tree.join(other);
        fs::remove_file(&path).map_err(at(&path))?;
    }
    Ok(())
}

/// Builds the program of `tree` into `out`. What is compiled on the way lies in
/// `shared`, but the program itself does not: that of the workspace is there.
fn compile(tree: &Path, shared: &Path, out: &Path) -> Result<PathBuf, TreeError> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--offline", "--bin", "mfn", "--message-format", "short"])
        .current_dir(tree)
        .env("CARGO_TARGET_DIR", out)
        .env("CARGO_BUILD_BUILD_DIR", shared)
        .output()
        .map_err(at(Path::new("cargo")))?;
    if output.status.success() {
        Ok(out.join("debug").join(format!("mfn{}", env::consts::EXE_SUFFIX)))
    } else {
        Err(TreeError::Build(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

fn at(path: &Path) -> impl Fn(io::Error) -> TreeError {
    move |error| TreeError::Io { path: path.to_owned(), error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_of_the_copy_has_neither_suite_nor_benches() {
        let text = "[package]\nname = \"mfn\"\n[dependencies]\n\
                    [dev-dependencies]\ncriterion = \"1\"\n\
                    [workspace]\ndefault-members = [\".\", \"benches\"]\n\
                    members = [\"benches\", \"conformance/load\", \"crates/mfn-core\"]\n\
                    [workspace.package]\nversion = \"1.2.3\"\n\
                    [workspace.dependencies]\nconformance = { path = \"conformance\" }\n\
                    mfn = { path = \".\" }\nmfn-core = { path = \"crates/mfn-core\" }\n";
        let copy = manifest(text.as_bytes()).expect("a manifest");
        assert!(copy.contains("members = [\"crates/mfn-core\"]"), "{copy}");
        assert!(copy.contains("path = \"crates/mfn-core\""), "{copy}");
        assert!(copy.contains("[dependencies.workspace-hack]\nworkspace = true"), "{copy}");
        assert!(copy.contains(VERSION) && !copy.contains("1.2.3"), "{copy}");
        for gone in ["bench", "conformance", "criterion", "\".\""] {
            assert!(!copy.contains(gone), "{gone}: {copy}");
        }
        assert!(matches!(manifest(b"[package]"), Err(TreeError::Manifest(_))));
    }
}
