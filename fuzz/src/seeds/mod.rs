//! Inputs that a fuzzer begins with: what the golden answers and the cases of the suite have,
//! and the words of each protocol. A file has those of the target of its name.

mod access;
mod answers;
mod cases;
mod client;
mod connection;
mod golden;
mod headers;
mod http1;
mod key_file;
mod limits;
mod request;
mod settings;
mod store;
mod web;

use std::path::PathBuf;
use std::{env, fs, io};

/// What makes the seeds of a target.
type Seeds = fn() -> Vec<Vec<u8>>;

/// Every target with what makes its seeds.
pub(crate) const ALL: [(&str, Seeds); 13] = [
    ("access", access::seeds),
    ("answers", answers::seeds),
    ("cases", cases::seeds),
    ("client", client::seeds),
    ("connection", connection::seeds),
    ("headers", headers::seeds),
    ("http1", http1::seeds),
    ("key_file", key_file::seeds),
    ("limits", limits::seeds),
    ("request", request::seeds),
    ("settings", settings::seeds),
    ("store", store::seeds),
    ("web", web::seeds),
];

/// Writes the seeds of each target into a folder of its name.
///
/// # Errors
/// That is not possible.
pub fn write() -> io::Result<()> {
    let Some(folder) = env::var_os("MFN_FUZZ_SEEDS").map(PathBuf::from) else { return Ok(()) };
    for (target, seeds) in ALL {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        for (number, seed) in seeds().iter().enumerate() {
            fs::write(folder.join(name(number)), seed)?;
        }
    }
    Ok(())
}

/// What the seed of this number is called, in the order of its target's.
pub(crate) fn name(number: usize) -> String {
    format!("seed-{number:03}")
}
