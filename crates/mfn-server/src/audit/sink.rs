//! Where the audit is written.

use std::fmt;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::AuditLog;

/// Standard error, or a file.
pub(crate) enum Sink {
    Stderr,
    File {
        file: File,
        path: PathBuf,
    },
    /// Any other, for tests.
    #[cfg(any(test, feature = "fuzzing"))]
    Other(Box<dyn OtherSink>),
}

/// A sink of a test.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) trait OtherSink: Write + Send {
    /// Goes on somewhere else, as [`Sink::reopen`] does: whether it is another place.
    ///
    /// # Errors
    /// It cannot.
    fn reopen(&mut self) -> io::Result<bool> {
        Ok(false)
    }
}

impl Sink {
    /// Where `log` says; nothing if the audit is off.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub(crate) fn open(log: &AuditLog) -> io::Result<Option<Self>> {
        match log {
            AuditLog::Off => Ok(None),
            AuditLog::Stderr => Ok(Some(Self::Stderr)),
            AuditLog::File(path) => {
                open(path).map(|file| Some(Self::File { file, path: path.clone() }))
            }
        }
    }

    /// Goes on in the file that is at the path now, if the old one was moved
    /// away: whether it is another one, or has nothing in it any more.
    pub(super) fn reopen(&mut self) -> io::Result<bool> {
        let (file, path) = match self {
            Self::Stderr => return Ok(false),
            Self::File { file, path } => (file, path),
            #[cfg(any(test, feature = "fuzzing"))]
            Self::Other(other) => return other.reopen(),
        };
        let before = file.metadata()?;
        *file = open(path)?;
        tracing::info!(path = %path.display(), "the audit log is reopened");
        let now = file.metadata()?;
        Ok(!is_same(&before, &now) || now.is_file() && now.len() == 0)
    }

    /// Writes as much of `lines` as can be written now: how many bytes.
    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        match self {
            // The log goes there too, in lines of its own.
            Self::Stderr => write_some(&mut io::stderr().lock(), lines),
            Self::File { file, .. } => write_some(file, lines),
            #[cfg(any(test, feature = "fuzzing"))]
            Self::Other(other) => write_some(other, lines),
        }
    }

    /// Has this thread wait until a pipe that was full has room, but not for long. Returns
    /// whether there is a way to wait for it.
    #[cfg(unix)]
    pub(super) fn wait_for_room(&self, longest: Duration) -> bool {
        use std::os::fd::AsFd as _;

        use rustix::event::{PollFd, PollFlags, Timespec, poll};

        let stderr = io::stderr();
        let fd = match self {
            Self::Stderr => stderr.as_fd(),
            Self::File { file, .. } => file.as_fd(),
            #[cfg(any(test, feature = "fuzzing"))]
            Self::Other(_) => return false,
        };
        let longest = Timespec::try_from(longest).ok();
        // What it says does not matter: the next write will tell.
        poll(&mut [PollFd::from_borrowed_fd(fd, PollFlags::OUT)], longest.as_ref()).ok();
        true
    }

    /// There is no way to learn when there is room.
    #[cfg(not(unix))]
    #[expect(clippy::unused_self, reason = "the same question as where there is one")]
    pub(super) fn wait_for_room(&self, _longest: Duration) -> bool {
        false
    }
}

/// What a person would call it.
impl fmt::Display for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stderr => f.write_str("standard error"),
            Self::File { path, .. } => path.display().fmt(f),
            #[cfg(any(test, feature = "fuzzing"))]
            Self::Other(_) => f.write_str("a sink of a test"),
        }
    }
}

#[cfg(unix)]
fn is_same(before: &Metadata, now: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    (before.dev(), before.ino()) == (now.dev(), now.ino())
}

/// Only an empty file is known to be another one.
#[cfg(not(unix))]
fn is_same(_before: &Metadata, _now: &Metadata) -> bool {
    true
}

/// An error behind what was written is left for the next time: who is told of
/// it alone would write all of it again.
fn write_some(sink: &mut impl Write, lines: &[u8]) -> io::Result<usize> {
    let mut written = 0;
    while written < lines.len() {
        match sink.write(&lines[written..]) {
            Ok(more) if more > 0 => written += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if written == 0 => return Err(error),
            Ok(_) | Err(_) => break,
        }
    }
    Ok(written)
}

/// Who may read and write a file that is made: its owner and its group, who has to be
/// told who called.
#[cfg(unix)]
const MODE: u32 = 0o640;

/// Opens the file at `path`, and never waits: a pipe has to have its reader.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;

        use rustix::fs::OFlags;

        options.mode(MODE).custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
    }
    options.open(path).map_err(|error| if is_unread(&error) { unread() } else { error })
}

/// Whether it is the error of a pipe or a socket at whose other end nobody is.
#[cfg(unix)]
fn is_unread(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error())
}

/// There are no such files.
#[cfg(not(unix))]
fn is_unread(_error: &io::Error) -> bool {
    false
}

fn unread() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "it is a pipe or a socket that nobody reads")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pipe that has room for so many bytes, three at a time.
    struct Pipe {
        room: usize,
        bytes: Vec<u8>,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(3).min(self.room - self.bytes.len());
            if taken == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            self.bytes.extend(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    // shows MFN-AUDIT-009
    #[test]
    fn what_a_full_pipe_has_taken_is_not_written_again() {
        let lines = b"first line\nsecond line\n";
        let mut pipe = Pipe { room: 0, bytes: Vec::new() };
        let mut written = 0;
        while written < lines.len() {
            match write_some(&mut pipe, &lines[written..]) {
                Ok(more) => written += more,
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                    pipe.room += 7;
                }
            }
        }
        assert_eq!(pipe.bytes, lines);
    }
}
