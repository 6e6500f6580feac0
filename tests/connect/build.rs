//! Compiles the messages of connectrpc's conformance suite.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use protox::prost::Message as _;

const FOLDER: &str = "proto";
const FILES: [&str; 2] =
    ["connectrpc/conformance/v1/service.proto", "connectrpc/conformance/v1/server_compat.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FOLDER}");
    let descriptors = protox::Compiler::new([FOLDER])?
        .include_imports(true)
        .open_files(FILES)?
        .file_descriptor_set();
    let out_dir = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out_dir.join("descriptors.bin"), descriptors.encode_to_vec())?;
    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    tonic_prost_build::configure()
        .build_client(false)
        .build_server(false)
        .compile_fds_with_config(descriptors, config)?;
    Ok(())
}
