//! The line of a server that is ready.

use std::io::{self, Write as _};
use std::net::SocketAddr;

use mfn_server::Config;

use super::flags::Flags;
use crate::settings::{Settings, Source};

/// How callers get in, and why. Keys may come from a variable that was meant for
/// somebody else, and with keys a server listens on all addresses.
pub(super) fn access(config: &Config, flags: &Flags, settings: &Settings) -> String {
    let transport = match &config.tls {
        None => "plaintext",
        Some(files) if files.client_roots.is_none() => "TLS",
        Some(_) => "TLS with client certificates",
    };
    let keys = match config.keys.len() {
        0 => return format!("{transport}, no authentication"),
        1 => "1 key".to_owned(),
        keys => format!("{keys} keys"),
    };
    let sources = flags.keys.given_by(settings);
    let everywhere = match settings.source("MFN_GRPC_HOST") {
        Source::Default => "; with keys it listens on all addresses",
        _ => "",
    };
    format!("{transport}, {keys}, of {sources}{everywhere}")
}

/// Prints the line, which is the only one on standard output. Whoever started the
/// server may wait for it.
pub(super) fn announce(address: SocketAddr, access: &str) -> io::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    let mut out = io::stdout().lock();
    writeln!(out, "mfn {version} listening on {address} ({access})")?;
    out.flush()
}
