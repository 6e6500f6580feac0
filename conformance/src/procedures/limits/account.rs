//! Whose a call is: the id of its key.

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::server::{Server, Setups};

/// The parts of a file of keys that name them.
#[derive(Deserialize)]
struct KeyFile {
    key: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
    secrets: Vec<String>,
}

/// Who calls without a key.
const ANONYMOUS: &str = "anonymous";

/// The id that a key has, where the suite gave it one; or that everyone has.
pub(super) fn given_id(server: &Server, key: usize) -> Option<String> {
    let Some(key) = server.keys.get(key) else { return Some(ANONYMOUS.to_owned()) };
    server.process.as_ref()?;
    let files = Setups::load().setup.into_iter().filter_map(|setup| setup.key_file);
    let mut named =
        files.filter_map(|file| toml::from_str(&file).ok()).flat_map(|file: KeyFile| file.key);
    named.find(|named| named.secrets.contains(key)).map(|named| named.id)
}

/// The id of a key that is not from a file, by MFN-AUTH-020.
pub(super) fn hashed_id(server: &Server, key: usize) -> Option<String> {
    let digest = Sha256::digest(server.keys.get(key)?);
    let [a, b, c, d] = *digest.first_chunk()?;
    Some(format!("key-{:08x}", u32::from_be_bytes([a, b, c, d])))
}
