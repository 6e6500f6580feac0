//! The case files, which are part of the program.

use thiserror::Error;

use super::CaseFile;

/// The files by their subjects, in the order of a report.
macro_rules! files {
    ($($subject:literal),* $(,)?) => {
        &[$(($subject, include_str!(concat!("../../cases/", $subject, ".toml")))),*]
    };
}

/// Every case file: its subject, which is its name, and its text.
pub const FILES: &[(&str, &str)] = files![
    "wire",
    "words",
    "simulation",
    "statistics",
    "features",
    "validation",
    "streams",
    "draws",
    "errors",
    "authentication",
    "cache",
    "limits",
    "sharing",
    "transport",
    "health",
    "lifecycle",
    "configuration",
    "extras",
    "web",
];

/// All cases, by their subjects.
///
/// # Errors
/// A file is not in the format of [`CaseFile`]: which, where, and why.
pub fn all() -> Result<Vec<(&'static str, CaseFile)>, LoadError> {
    FILES.iter().map(|&(subject, text)| Ok((subject, parse(subject, text)?))).collect()
}

/// The cases that `text` has, as the file of `subject`.
///
/// # Errors
/// The text is not in the format of [`CaseFile`]: where, and why.
pub fn parse(subject: &str, text: &str) -> Result<CaseFile, LoadError> {
    toml::from_str(text).map_err(|error| LoadError {
        file: format!("{subject}.toml"),
        line: error.span().map(|span| line_of(text, span.start)),
        reason: error.message().to_owned(),
    })
}

/// Counted from 1, as editors do.
fn line_of(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|&byte| byte == b'\n').count()
}

/// A case file that cannot be used.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("cases/{file}{}: {reason}", line.map_or(String::new(), |line| format!(":{line}")))]
pub struct LoadError {
    /// Its name.
    pub file: String,
    /// The line that it is about, counted from 1, if it is about one.
    pub line: Option<usize>,
    /// What is wrong with it.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let text = "about = \"x\"\n\n[[case]]\nid = \"a/b\"\ncolour = 3\n";
        let error = parse("a", text).expect_err("there is no colour");
        assert_eq!((error.file.as_str(), error.line), ("a.toml", Some(5)));
        assert!(error.to_string().starts_with("cases/a.toml:5: unknown field `colour`"), "{error}");
    }

    #[test]
    fn what_is_no_toml_is_refused_with_its_line() {
        let error = parse("a", "about = \"x\"\ncase = [\n").expect_err("a bracket is open");
        assert_eq!(error.line, Some(2), "{error}");
    }
}
