//! Compiles the protos in Rust alone.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use protox::prost::Message as _;

fn main() -> Result<(), Box<dyn Error>> {
    let out_dir = PathBuf::from(env::var("OUT_DIR")?);
    for name in ["service", "messages"] {
        let proto = format!("{name}.proto");
        println!("cargo::rerun-if-changed={proto}");
        let descriptors = protox::compile([&proto], ["."])?;
        fs::write(out_dir.join(format!("{name}.bin")), descriptors.encode_to_vec())?;
    }
    Ok(())
}
