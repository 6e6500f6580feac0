//! `conformance proto`: the files of the proto, for tools that make calls.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use conformance_load::Failure;
use conformance_wire::protos::FILES;

/// Print mfn.proto, or write it into a folder together with those of health, reflection and errors
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  conformance proto > mfn.proto
  conformance proto mfn-proto
  grpcurl -plaintext -import-path mfn-proto -proto mfn.proto localhost:50051 describe")]
pub(crate) struct Proto {
    /// Folder to write the files into, which is made if it is not there; '-' prints mfn.proto
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Proto {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self.folder {
            Some(folder) if folder.as_os_str() != "-" => write_all(&folder).map_err(|error| {
                Failure::Work(format!("cannot write to '{}': {error}", folder.display()))
            }),
            _ => io::stdout()
                .write_all(FILES[0].1.as_bytes())
                .map_err(|error| Failure::of_output(&error)),
        }
    }
}

fn write_all(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    FILES.iter().try_for_each(|(name, text)| mfn_output::write(&folder.join(name), text.as_bytes()))
}
