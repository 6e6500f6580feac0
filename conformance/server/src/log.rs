//! What a server that the suite has started writes to its standard output and error.
//!
//! Both go to files and not through pipes: a server that is left running can then go on
//! writing, and no server ever waits for a reader.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes of each file that are read at the most: the last ones.
const MAX_READ_BYTES: u64 = 64 * 1024 * 1024;
/// The same where a report shows the end.
const MAX_SHOWN_BYTES: u64 = 8 * 1024;
/// Lines that a report shows.
const SHOWN_LINES: usize = 10;

/// The files of one server.
#[derive(Clone, Debug)]
pub struct ServerLog {
    output: PathBuf,
    error: PathBuf,
}

impl ServerLog {
    /// Empty files for the server of this name, in `folder`.
    ///
    /// # Errors
    /// They cannot be made.
    pub fn create(folder: &Path, name: &str) -> io::Result<Self> {
        let [output, error] =
            ["stdout", "stderr"].map(|stream| folder.join(format!("{name}.{stream}")));
        File::create(&output)?;
        File::create(&error)?;
        Ok(Self { output, error })
    }

    /// Standard output and standard error of a process.
    pub(super) fn streams(&self) -> io::Result<[File; 2]> {
        let open = |path| File::options().append(true).open(path);
        Ok([open(&self.output)?, open(&self.error)?])
    }

    /// All that has been written so far, to both.
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn written(&self) -> io::Result<Vec<u8>> {
        let mut all = end_of(&self.output, MAX_READ_BYTES)?;
        all.extend(end_of(&self.error, MAX_READ_BYTES)?);
        Ok(all)
    }

    /// The last lines of standard error.
    #[must_use]
    pub fn last_lines(&self) -> Vec<String> {
        let end = end_of(&self.error, MAX_SHOWN_BYTES).unwrap_or_default();
        let text = String::from_utf8_lossy(&end);
        let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let shown = lines.len().saturating_sub(SHOWN_LINES);
        lines[shown..].iter().map(|line| (*line).to_owned()).collect()
    }
}

fn end_of(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(most)))?;
    let mut end = Vec::new();
    file.take(most).read_to_end(&mut end)?;
    Ok(end)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_last_lines_are_those_of_standard_error() {
        let folder = std::env::temp_dir().join(format!("mfn-server-log-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("it can be made");
        let log = ServerLog::create(&folder, "one").expect("it can be made");
        assert_eq!(log.last_lines(), [""; 0]);
        let lines: Vec<_> = (0..20).map(|line| format!("line {line}\n\n")).collect();
        fs::write(&log.error, lines.concat()).expect("it can be written");
        fs::write(&log.output, "output").expect("it can be written");
        let last = log.last_lines();
        assert_eq!((last.len(), last[0].as_str(), last[9].as_str()), (10, "line 10", "line 19"));
        assert!(log.written().expect("it can be read").starts_with(b"outputline 0\n"));
        fs::remove_dir_all(&folder).expect("it is there");
    }
}
