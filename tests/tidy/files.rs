//! The files of the tree.

use std::fs;
use std::path::Path;

/// Folders whose files nobody wrote.
const SKIPPED: &[&str] = &[".git", "target", "node_modules"];

/// A file's path from the top of the tree, with `/`, and its text.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.has_ending("rs")
    }

    pub(crate) fn is_page_of_spec(&self) -> bool {
        self.path.starts_with("spec/") && self.has_ending("md")
    }

    fn has_ending(&self, ending: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == ending)
    }
}

/// All files that are text, in order of their paths.
pub(crate) fn all() -> Vec<File> {
    let mut files = Vec::new();
    collect("", &mut files);
    files.sort_by(|a: &File, b| a.path.cmp(&b.path));
    files
}

/// The file that lies at `path`.
pub(crate) fn at<'a>(files: &'a [File], path: &str) -> &'a File {
    files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("there is no {path}"))
}

fn collect(folder: &str, files: &mut Vec<File>) {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(&full).unwrap_or_else(|e| panic!("{}: {e}", full.display()));
    for entry in entries {
        let entry = entry.expect("a folder of the tree can be listed");
        let name = entry.file_name().into_string().expect("names in the tree are UTF-8");
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if !entry.file_type().expect("an entry has a type").is_dir() {
            let bytes = fs::read(entry.path()).unwrap_or_else(|e| panic!("{path}: {e}"));
            // A picture is no text.
            files.extend(String::from_utf8(bytes).ok().map(|text| File { path, text }));
        } else if !SKIPPED.contains(&name.as_str()) {
            collect(&path, files);
        }
    }
}
