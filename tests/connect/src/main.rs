//! The service of connectrpc's conformance suite, behind this server's connections,
//! layers and web: what that suite finds is about them.
//!
//! - [`compat`]: what the suite's runner asks of a server, and is told of it;
//! - [`service`]: the methods;
//! - [`request`]: the message of a request;
//! - [`respond`]: answers as a request defines them.
#![forbid(unsafe_code)]

mod compat;
mod request;
mod respond;
mod service;

use std::error::Error;
use std::process::ExitCode;

/// Messages of the suite.
#[allow(clippy::pedantic, dead_code, missing_docs, unreachable_pub, reason = "they are generated")]
mod proto {
    include!(concat!(env!("OUT_DIR"), "/connectrpc.conformance.v1.rs"));

    /// What describes them and the service.
    pub(crate) const DESCRIPTORS: &[u8] =
        include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Reads what is asked for, tells where that listens, and serves until a signal.
async fn serve() -> Result<(), Box<dyn Error>> {
    let asked = compat::read()?;
    let server = compat::server(&asked)?;
    let address = server.local_addr()?;
    let terminated = compat::terminated()?;
    // Who is told of it may call at once.
    let serving = server.serve(terminated);
    compat::tell(address, &asked)?;
    Ok(serving.await?)
}
