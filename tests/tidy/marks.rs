//! Marks that a file must have, and marks that none may have.

use toml::Table;

use crate::files::File;

const FORBID_UNSAFE: &str = "#![forbid(unsafe_code)]";

/// The marks of what is unfinished, or left over from a search for a fault.
pub(crate) fn faults_of_marks(files: &[File]) -> Vec<String> {
    // In two parts each, so that this file has none of them.
    let marks = [["TO", "DO"], ["FIX", "ME"], ["dbg", "!("], ["#[ig", "nore"], ["to", "do!("]]
        .map(|parts| parts.concat());
    let mut faults = Vec::new();
    for File { path, text } in files {
        for mark in marks.iter().filter(|mark| text.contains(*mark)) {
            faults.push(format!("{path} has {mark}"));
        }
    }
    faults
}

/// The roots of libraries, programs and benches that do not forbid unsafe code.
pub(crate) fn faults_of_roots(files: &[File]) -> Vec<String> {
    let roots = files.iter().filter(|file| is_root(&file.path));
    let faulty = roots.filter(|root| !root.text.lines().any(|line| line == FORBID_UNSAFE));
    faulty.map(|root| format!("{} has no {FORBID_UNSAFE}", root.path)).collect()
}

/// The packages to whose targets, tests and build scripts too, the lints of the
/// workspace do not apply, `unsafe_code` among them.
pub(crate) fn faults_of_manifests(files: &[File]) -> Vec<String> {
    let manifests = files.iter().filter(|file| file.path.ends_with("Cargo.toml"));
    let mut faults = Vec::new();
    for File { path, text } in manifests {
        let table: Table = text.parse().unwrap_or_else(|error| panic!("{path}: {error}"));
        if let Some(workspace) = table.get("workspace")
            && string_at(workspace, &["lints", "rust", "unsafe_code"]) != Some("forbid")
        {
            faults.push(format!("{path} does not forbid unsafe code in the workspace"));
        }
        let inherits = table.get("lints").and_then(|lints| lints.get("workspace"));
        if table.contains_key("package") && inherits.and_then(toml::Value::as_bool) != Some(true) {
            faults.push(format!("{path} does not take over the lints of the workspace"));
        }
    }
    faults
}

fn is_root(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let last = folder.rsplit('/').next().unwrap_or(folder);
    match last {
        "src" => name == "lib.rs" || name == "main.rs",
        "bin" | "benches" | "examples" | "fuzz_targets" => File::new(path, "").is_rust(),
        _ => false,
    }
}

fn string_at<'a>(value: &'a toml::Value, keys: &[&str]) -> Option<&'a str> {
    keys.iter().try_fold(value, |value, key| value.get(key))?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_mark_is_found_in_any_file() {
        let faults = |text: &str| faults_of_marks(&[File::new("README.md", text)]);
        assert!(faults("Nothing to do, nothing ignored.").is_empty());
        for mark in [["TO", "DO"], ["FIX", "ME"], ["dbg", "!(x)"], ["#[ig", "nore = \"slow\"]"]] {
            assert_eq!(faults(&format!("a {}", mark.concat())).len(), 1, "{mark:?}");
        }
    }

    #[test]
    fn a_root_without_the_attribute_is_found() {
        let roots = [
            "src/main.rs",
            "crates/a/src/lib.rs",
            "benches/b.rs",
            "src/bin/c.rs",
            "fuzz_targets/d.rs",
        ];
        for root in roots {
            assert!(faults_of_roots(&[File::new(root, FORBID_UNSAFE)]).is_empty());
            for wrong in ["", "// #![forbid(unsafe_code)]", "#![deny(unsafe_code)]"] {
                assert_eq!(faults_of_roots(&[File::new(root, wrong)]).len(), 1, "{root}");
            }
        }
        assert!(faults_of_roots(&[File::new("src/module.rs", "")]).is_empty());
    }

    #[test]
    fn a_manifest_without_the_lints_is_found() {
        let faults = |text: &str| faults_of_manifests(&[File::new("a/Cargo.toml", text)]).len();
        let forbids = "[workspace.lints.rust]\nunsafe_code = 'forbid'\n";
        let inherits = "[package]\nname = 'a'\n[lints]\nworkspace = true\n";
        assert_eq!(faults(&format!("{forbids}{inherits}")), 0);
        assert_eq!(faults(forbids), 0);
        assert_eq!(faults("[workspace]\n[package]"), 2);
        assert_eq!(faults("[package]\n[lints]\nworkspace = false"), 1);
        assert_eq!(faults("[workspace.lints.rust]\nunsafe_code = 'deny'"), 1);
    }
}
