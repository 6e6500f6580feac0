//! How a server is started, whatever becomes of it then: its command line, without the
//! settings of this process, and its port.

use std::env;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

/// What the names of a server's settings begin with.
const SETTINGS: &str = "MFN_";

/// How many times a server is started that ends before it listens: another program may have
/// taken the port that [`free_port`] found.
pub const MAX_ATTEMPTS: u32 = 3;

/// A whole command line, as a person writes it. The server takes the place of the shell.
#[must_use]
pub fn line(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("exec {line}")]);
    command
}

/// Keeps settings in the surroundings of this process from a program that is started.
pub fn without_settings(command: &mut Command) {
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with(SETTINGS) {
            command.env_remove(name);
        }
    }
}

/// A port that nobody listened on just now.
///
/// # Errors
/// There is none.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
