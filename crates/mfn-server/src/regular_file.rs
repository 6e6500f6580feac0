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
