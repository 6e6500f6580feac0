//! Compiles `mfn.proto` in Rust alone, so that a fresh machine needs cargo and
//! nothing else.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use protox::prost::Message as _;

const PROTO_DIR: &str = "../../proto";
const PROTO_FILE: &str = "mfn.proto";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={PROTO_DIR}/{PROTO_FILE}");

    // Comments travel in the set: reflection shows them to a client's tools.
    let descriptors = protox::Compiler::new([PROTO_DIR])?
        .include_source_info(true)
        .include_imports(true)
        .open_file(PROTO_FILE)?
        .file_descriptor_set();
    let out_dir = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out_dir.join("mfn_descriptor.bin"), descriptors.encode_to_vec())?;

    tonic_prost_build::configure()
        .build_client(cfg!(feature = "client"))
        .build_server(cfg!(feature = "server"))
        // A hash map's order differs from run to run, and the bytes of an
        // answer may not.
        .btree_map(".")
        .compile_fds(descriptors)?;
    Ok(())
}
