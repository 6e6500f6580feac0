//! What a file has on Unix beside its bytes.

use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};

use tempfile::Builder;

/// What `open` asks for, of which the process's mask takes away.
const MODE: u32 = 0o666;

/// Whether a file could take the place of another without anybody losing it: it
/// has the same owner, and the other no second name.
pub(crate) fn is_alike(there: &Metadata, new: &Metadata) -> bool {
    there.nlink() == 1 && (there.uid(), there.gid()) == (new.uid(), new.gid())
}

/// Whether standard output goes there, as it does to `/dev/stdout`. Two writers
/// who do not know of each other would write to the same place of a file. A
/// device such as `/dev/null` does not mind.
pub(crate) fn is_standard_output(metadata: &Metadata) -> bool {
    let kind = metadata.file_type();
    if kind.is_char_device() || kind.is_block_device() {
        return false;
    }
    let stdout = io::stdout().as_fd().try_clone_to_owned();
    let stdout = stdout.and_then(|stdout| File::from(stdout).metadata());
    stdout.is_ok_and(|stdout| (stdout.dev(), stdout.ino()) == (metadata.dev(), metadata.ino()))
}

/// Temporary files are for their owner alone, if nobody says otherwise.
pub(crate) fn open_to_whom_the_mask_allows(builder: &mut Builder<'_, '_>) {
    builder.permissions(Permissions::from_mode(MODE));
}
