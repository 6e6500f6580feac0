//! How many calls the lines of an audit tell of.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

use serde::Deserialize;

/// Calls by protocol and code, as the audit has them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AuditTally {
    /// By the name of the protocol; `counted` where a line stands for several calls and has
    /// none.
    pub by_protocol: BTreeMap<String, u64>,
    /// By the name of the code.
    pub by_code: BTreeMap<String, u64>,
    /// Files that were read.
    pub files: u64,
}

/// What is read of a line.
#[derive(Debug, Deserialize)]
struct Line {
    code: String,
    protocol: Option<String>,
    count: Option<u64>,
}

impl AuditTally {
    /// Adds the lines of a file.
    ///
    /// # Errors
    /// It cannot be read, or has a line that is none of an audit.
    pub fn add(&mut self, file: &Path) -> io::Result<()> {
        self.files += 1;
        for line in BufReader::new(File::open(file)?).lines() {
            let line: Line = serde_json::from_str(&line?)?;
            let calls = line.count.unwrap_or(1);
            let protocol = line.protocol.unwrap_or_else(|| "counted".to_owned());
            *self.by_protocol.entry(protocol).or_default() += calls;
            *self.by_code.entry(line.code).or_default() += calls;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_line_with_a_count_stands_for_as_many_calls() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("audit.jsonl");
        let lines = r#"{"code":"OK","protocol":"grpc","key_id":"lab"}
{"code":"OK","protocol":"connect"}
{"code":"UNAUTHENTICATED","reason":"CREDENTIALS_MISSING","count":40}
"#;
        fs::write(&file, lines).expect("it can be written");
        let mut tally = AuditTally::default();
        tally.add(&file).expect("lines of an audit");
        assert_eq!((tally.by_code.values().sum::<u64>(), tally.files), (42, 1));
        assert_eq!(tally.by_code["OK"], 2);
        assert_eq!(tally.by_protocol["counted"], 40);
        fs::write(&file, "{\"code\":\"OK\"").expect("it can be written");
        assert!(tally.add(&file).is_err());
    }
}
