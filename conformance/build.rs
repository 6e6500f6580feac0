//! Compiles what is called and answered beside MFN's own services.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use protox::prost::Message as _;

const FILES: [&str; 4] =
    ["error_details.proto", "health.proto", "reflection_v1.proto", "reflection_v1alpha.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::Compiler::new(["proto"])?
        .include_imports(true)
        .open_files(FILES)?
        .file_descriptor_set();
    let out_dir = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out_dir.join("beside.bin"), descriptors.encode_to_vec())?;
    Ok(())
}
