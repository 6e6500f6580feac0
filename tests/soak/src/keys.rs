//! The file of keys, and secrets that take the place of others while the server runs.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The keys without a limit that anybody would reach here.
pub const UNLIMITED: [&str; 3] = ["lab", "field", "night"];
/// Calls at once of each of these, more than are ever open.
pub const CONCURRENT: u32 = 200;
/// The key that may call so seldom that some of its calls are refused.
pub const LIMITED: &str = "limited";

/// How many keys there are.
pub(crate) const KEYS: usize = UNLIMITED.len() + 1;

/// Keys, each with the secret of a generation and that of the one before.
#[derive(Debug)]
pub struct Keys {
    file: PathBuf,
    /// The generation that calls are signed with.
    generation: AtomicU64,
}

impl Keys {
    /// Writes the file for the first time, into `folder`.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(folder: &Path) -> io::Result<Self> {
        let keys = Self { file: folder.join("keys.toml"), generation: AtomicU64::new(1) };
        keys.write(1)?;
        Ok(keys)
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The secret that calls of the key `id` are signed with.
    #[must_use]
    pub fn secret(&self, id: &str) -> String {
        secret(id, self.generation.load(Ordering::Relaxed))
    }

    /// A secret of the key `id` that no file has any more, if there is one yet.
    #[must_use]
    pub fn dropped_secret(&self, id: &str) -> Option<String> {
        let generation = self.generation.load(Ordering::Relaxed);
        generation.checked_sub(2).map(|dropped| secret(id, dropped))
    }

    /// Writes the secrets of the next generation beside the present ones. Those before are
    /// gone. Calls are signed with the new ones after [`Self::use_next`].
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_next(&self) -> io::Result<()> {
        self.write(self.generation.load(Ordering::Relaxed) + 1)
    }

    /// Signs with what was written last, which the server has read.
    pub fn use_next(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
    }

    /// Replaces the file as a whole: the server may read it at any moment.
    fn write(&self, generation: u64) -> io::Result<()> {
        let concurrent = format!("concurrent = {CONCURRENT}\n");
        let unlimited = UNLIMITED.map(|id| table(id, generation, &concurrent));
        let limited = table(LIMITED, generation, "rps = 1\n");
        let new = self.file.with_extension("new");
        fs::write(&new, unlimited.concat() + &limited)?;
        fs::set_permissions(&new, fs::Permissions::from_mode(0o600))?;
        fs::rename(new, &self.file)
    }
}

fn table(id: &str, generation: u64, limits: &str) -> String {
    let [new, old] = [generation, generation - 1].map(|generation| secret(id, generation));
    format!("[[key]]\nid = \"{id}\"\nsecrets = [\"{new}\", \"{old}\"]\n{limits}")
}

fn secret(id: &str, generation: u64) -> String {
    format!("secret-{generation}-of-{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_stays_for_one_generation_after_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = Keys::create(folder.path()).expect("it can be written");
        let has = |secret: &str| fs::read_to_string(keys.file()).expect("a file").contains(secret);
        let first = keys.secret("lab");
        assert!(keys.dropped_secret("lab").is_none() && has(&first));
        for _ in 0..2 {
            assert!(has(&first));
            keys.write_next().expect("it can be written");
            assert!(has(&keys.secret("lab")));
            keys.use_next();
            assert!(has(&keys.secret("lab")));
        }
        assert!(!has(&first));
        assert_eq!(keys.dropped_secret("lab"), Some(first));
    }
}
