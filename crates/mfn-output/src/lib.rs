//! Where a program puts its results: a file, a device, or a standard stream.
//!
//! A file is replaced as a whole, at the end: until then the old one stays as it
//! is, however the program ends. What can be known before is told before, so that
//! nobody waits for a result that cannot be written.
#![forbid(unsafe_code)]

#[cfg(all(test, unix))]
mod tests;
#[cfg(unix)]
mod unix;

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// The name of standard output on a command line.
pub const STANDARD_OUTPUT: &str = "-";
/// Symbolic links that lead from one name to the next: as many as Linux follows.
const MAX_LINKS: usize = 40;
/// Of a temporary file, which lies beside the file that it becomes.
const TEMPORARY: (&str, &str) = (".mfn-", ".tmp");

/// Where a result goes. It can be written to, as far as that can be known before
/// there is a result.
#[derive(Debug)]
pub struct Output(Destination);

#[derive(Debug)]
enum Destination {
    StandardOutput,
    StandardError,
    /// A device or a pipe.
    Device(File),
    /// A file that is written beside this path and then takes it, with the
    /// permissions of the one that is there.
    Replaced(PathBuf, Option<Permissions>),
    /// A file that must stay the one that it is. It is emptied at the end.
    Kept(File),
}

impl Output {
    /// Standard output.
    #[must_use]
    pub fn standard() -> Self {
        Self(Destination::StandardOutput)
    }

    /// Standard error.
    #[must_use]
    pub fn standard_error() -> Self {
        Self(Destination::StandardError)
    }

    /// Where a text for people goes beside `results`: to standard output, or to
    /// standard error if one of the results goes to standard output.
    #[must_use]
    pub fn beside<'a>(results: impl IntoIterator<Item = &'a Self>) -> Self {
        if results.into_iter().any(Self::is_standard_output) {
            Self(Destination::StandardError)
        } else {
            Self::standard()
        }
    }

    /// What `path` names: standard output if it is `-`, a device, or a file. A file
    /// is neither changed nor created yet.
    ///
    /// # Errors
    /// It is a folder, or cannot be written to.
    pub fn open(path: &Path) -> io::Result<Self> {
        if path.as_os_str() == STANDARD_OUTPUT {
            return Ok(Self::standard());
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(metadata) if is_standard_output(&metadata) => Ok(Self::standard()),
            Ok(metadata) if metadata.is_file() => existing(path, &metadata).map(Self),
            Ok(_) => {
                let device = OpenOptions::new().write(true).open(path)?;
                Ok(Self(Destination::Device(device)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => new(path).map(Self),
            Err(error) => Err(error),
        }
    }

    /// Whether it is standard output, by whichever name: nothing else should be
    /// written there then.
    #[must_use]
    pub fn is_standard_output(&self) -> bool {
        matches!(self.0, Destination::StandardOutput)
    }

    /// Whether it is a file, whose name says what is in it.
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(self.0, Destination::Replaced(..) | Destination::Kept(_))
    }

    /// Whether a person would see it as text.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        match &self.0 {
            Destination::StandardOutput => io::stdout().is_terminal(),
            Destination::StandardError => io::stderr().is_terminal(),
            Destination::Device(device) => device.is_terminal(),
            Destination::Replaced(..) | Destination::Kept(_) => false,
        }
    }

    /// What takes results piece by piece: a standard stream or a device; `None` for a file,
    /// which is replaced as a whole.
    #[must_use]
    pub fn into_stream(self) -> Option<Box<dyn io::Write>> {
        match self.0 {
            Destination::StandardOutput => Some(Box::new(io::stdout())),
            Destination::StandardError => Some(Box::new(io::stderr())),
            Destination::Device(device) => Some(Box::new(device)),
            Destination::Replaced(..) | Destination::Kept(_) => None,
        }
    }

    /// Writes `result`, all of it.
    ///
    /// # Errors
    /// It cannot be written, or nobody reads it any more, which is a
    /// [`BrokenPipe`](io::ErrorKind::BrokenPipe).
    pub fn write(self, result: &[u8]) -> io::Result<()> {
        match self.0 {
            Destination::StandardOutput => {
                let mut out = io::stdout().lock();
                out.write_all(result)?;
                out.flush()
            }
            Destination::StandardError => io::stderr().write_all(result),
            Destination::Device(mut device) => device.write_all(result),
            Destination::Replaced(path, permissions) => replace(&path, permissions, result),
            Destination::Kept(file) => overwrite(file, result),
        }
    }
}

/// Writes `result` to what `path` names: see [`Output::open`].
///
/// # Errors
/// It cannot be written.
pub fn write(path: &Path, result: &[u8]) -> io::Result<()> {
    Output::open(path)?.write(result)
}

fn existing(path: &Path, metadata: &Metadata) -> io::Result<Destination> {
    // To take the place of a file one need not be allowed to write to it.
    let file = OpenOptions::new().write(true).open(path)?;
    let replaced = fs::canonicalize(path).ok().filter(|path| {
        let beside = temporary(path).and_then(|beside| beside.as_file().metadata());
        beside.is_ok_and(|beside| is_alike(metadata, &beside))
    });
    Ok(match replaced {
        Some(path) => Destination::Replaced(path, Some(metadata.permissions())),
        None => Destination::Kept(file),
    })
}

fn new(path: &Path) -> io::Result<Destination> {
    let path = end_of_links(path)?;
    if path.as_os_str().as_encoded_bytes().last().is_some_and(|&last| last == b'/') {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    temporary(&path)?;
    Ok(Destination::Replaced(path, None))
}

/// The path that the links at `path` lead to; nothing need be there.
fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&path) {
            Ok(link) => path = folder_of(&path).join(link),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links lead from one to the next"))
}

/// A file beside `path`, which goes away unless it takes that path.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY.0).suffix(TEMPORARY.1);
    #[cfg(unix)]
    unix::open_to_whom_the_mask_allows(&mut builder);
    let folder = folder_of(path);
    fs::metadata(folder)?;
    // The crate's error names its own file, which nobody has asked for.
    builder.tempfile_in(folder).map_err(|error| error.kind().into())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn replace(path: &Path, permissions: Option<Permissions>, result: &[u8]) -> io::Result<()> {
    let is_there = permissions.is_some();
    let mut beside = temporary(path)?;
    if let Some(permissions) = permissions {
        beside.as_file().set_permissions(permissions)?;
    }
    beside.write_all(result)?;
    // Or a power failure could leave the new name with nothing in it.
    beside.as_file().sync_all()?;
    match beside.persist(path) {
        Ok(_) => Ok(()),
        Err(refused) if is_there => write_unreplaced(path, refused.error, result),
        Err(refused) => Err(refused.error),
    }
}

/// Writes `result` to a file that was not replaced for that `error`, if none
/// could ever replace it.
fn write_unreplaced(path: &Path, error: io::Error, result: &[u8]) -> io::Result<()> {
    if cannot_be_replaced(&error) {
        overwrite(OpenOptions::new().write(true).open(path)?, result)
    } else {
        Err(error)
    }
}

/// Whether a file was not replaced because it never can be: it is mounted by
/// itself, as containers have it. After any other error, such as that of a full
/// disk, the old one stays as it is.
fn cannot_be_replaced(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ResourceBusy | io::ErrorKind::CrossesDevices)
}

fn overwrite(mut file: File, result: &[u8]) -> io::Result<()> {
    file.set_len(0)?;
    file.write_all(result)
}

#[cfg(unix)]
use unix::{is_alike, is_standard_output};

#[cfg(not(unix))]
fn is_standard_output(_: &Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn is_alike(_: &Metadata, _: &Metadata) -> bool {
    true
}
