//! Where the audit is written.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::config::AuditLog;

/// Standard error, or a file.
#[derive(Debug)]
pub(super) enum Sink {
    Stderr,
    File { file: File, path: PathBuf },
}

impl Sink {
    /// Nothing if the audit is off.
    pub(super) fn open(log: &AuditLog) -> io::Result<Option<Self>> {
        match log {
            AuditLog::Off => Ok(None),
            AuditLog::Stderr => Ok(Some(Self::Stderr)),
            AuditLog::File(path) => {
                open(path).map(|file| Some(Self::File { file, path: path.clone() }))
            }
        }
    }

    /// Goes on in a new file, if the old one was moved away.
    pub(super) fn reopen(&mut self) -> io::Result<()> {
        if let Self::File { file, path } = self {
            *file = open(path)?;
        }
        Ok(())
    }

    /// Writes some of `lines`: how many bytes.
    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        match self {
            // The log goes there too, in lines of its own.
            Self::Stderr => io::stderr().lock().write_all(lines).map(|()| lines.len()),
            Self::File { file, .. } => file.write(lines),
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}
