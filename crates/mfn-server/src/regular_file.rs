//! Reads files that a person names.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

/// The bytes of the file at `path`, of which there may be `most`.
///
/// # Errors
/// It cannot be read, is longer, or is no regular file: a pipe could keep its
/// reader waiting, and cannot be read again.
pub fn read_regular_file(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    if File::open(path)?.take(most + 1).read_to_end(&mut bytes)? as u64 > most {
        return Err(io::Error::other(format!("it has more than {most} bytes")));
    }
    Ok(bytes)
}

/// Warns if everyone on this machine may read the file at `path`, which is a secret
/// as `what` says. Only the owner of such a file can mend that, so it is used all the
/// same.
pub fn warn_if_all_can_read(path: &Path, what: &str) {
    if let Some(mode) = mode_if_all_can_read(path) {
        let path = path.display();
        tracing::warn!(
            "everyone on this machine can read {what}: the mode of {path} is {mode:04o}, so take that \
             from others, as by chmod o="
        );
    }
}

#[cfg(unix)]
fn mode_if_all_can_read(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;

    /// Of the permissions.
    const BITS: u32 = 0o7777;
    const OTHERS_READ: u32 = 0o004;
    let mode = fs::metadata(path).ok()?.permissions().mode() & BITS;
    (mode & OTHERS_READ != 0).then_some(mode)
}

/// Other systems say who may read a file in other ways.
#[cfg(not(unix))]
fn mode_if_all_can_read(_path: &Path) -> Option<u32> {
    None
}
