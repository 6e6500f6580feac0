//! Compiles the services that the suite calls: those of MFN, and what is called
//! and answered beside them.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use protox::prost::Message as _;

/// The wire of MFN, which the suite shares with every implementation.
const MFN_FOLDER: &str = "../../proto";
/// The services beside it, and the details of errors.
const OTHERS_FOLDER: &str = "proto";
const FILES: [&str; 5] = [
    "mfn.proto",
    "error_details.proto",
    "health.proto",
    "reflection_v1.proto",
    "reflection_v1alpha.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={MFN_FOLDER}");
    println!("cargo::rerun-if-changed={OTHERS_FOLDER}");
    let descriptors = protox::Compiler::new([MFN_FOLDER, OTHERS_FOLDER])?
        .include_imports(true)
        .open_files(FILES)?
        .file_descriptor_set();
    let out_dir = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out_dir.join("descriptors.bin"), descriptors.encode_to_vec())?;
    Ok(())
}
