//! A server that is started for the comparison, and ends with it.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use conformance_wire::start::{self, MAX_ATTEMPTS};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::{Failure, Server};

/// Tries to connect while a server starts are so far apart.
const TRY_EVERY: Duration = Duration::from_millis(20);
/// What is shown of the standard error of a server that does not start, in bytes.
const SHOWN_BYTES: u64 = 2000;
/// What the server is told: not to limit, record or count what is to be measured. Whatever
/// language it is written in, the variables are those of the specification.
const VARIABLES: [(&str, &str); 5] = [
    ("MFN_GRPC_HOST", "127.0.0.1"),
    ("MFN_GRPC_RATE_LIMIT_RPS", "0"),
    ("MFN_GRPC_RATE_LIMIT_CONCURRENT", "0"),
    ("MFN_GRPC_AUDIT_LOG", "off"),
    ("MFN_GRPC_ADMIN_PORT", "0"),
];

/// The processes of all servers that run, so that they can be ended before the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups(Arc<Mutex<Running>>);

#[derive(Debug, Default)]
struct Running {
    groups: Vec<Pid>,
    /// Whether the end has come, so that nothing may be started any more.
    is_over: bool,
}

impl Groups {
    /// Kills all servers that run, and lets no other one start.
    pub(super) fn kill(&self) {
        let mut running = self.running();
        running.is_over = true;
        for group in running.groups.drain(..) {
            kill_process_group(group, Signal::KILL).ok();
        }
    }

    /// Starts a process in a group of its own, so that what it starts ends with it.
    fn spawn(&self, command: &mut Command) -> io::Result<(Child, Option<Pid>)> {
        let mut running = self.running();
        if running.is_over {
            return Err(io::Error::other("the end has come before"));
        }
        let child = command.process_group(0).spawn()?;
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        running.groups.extend(group);
        Ok((child, group))
    }

    /// The list stays right where a thread has panicked in between.
    fn running(&self) -> MutexGuard<'_, Running> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A server's process, with all that it has started itself. It is killed with this.
#[derive(Debug)]
pub(super) struct Spawned {
    child: Child,
    /// None once it has ended by itself.
    group: Option<Pid>,
    groups: Groups,
    port: u16,
    pub(super) server: Server,
}

impl Spawned {
    /// Starts the command line `command`, and waits until it listens. If it ends before, it
    /// is started again, since another program may have taken its port.
    ///
    /// # Errors
    /// It does not start, or does not listen in time: why, with the last that it
    /// said.
    pub(super) fn start(
        command: &str,
        api_key: Option<&str>,
        within: Duration,
        groups: &Groups,
    ) -> Result<Self, Failure> {
        let failed = |why: String| Failure::CouldNotRun(format!("'{command}' {why}"));
        let mut attempts = 0;
        loop {
            attempts += 1;
            let launched = Self::launch(command, api_key, groups);
            let (mut spawned, said) =
                launched.map_err(|error| failed(format!("does not start: {error}")))?;
            match spawned.listens(within) {
                Ok(()) => return Ok(spawned),
                Err(_) if spawned.group.is_none() && attempts < MAX_ATTEMPTS => {}
                Err(why) => return Err(failed(format!("{why}{}", last_said(said)))),
            }
        }
    }

    /// Starts it once, and does not wait. Its standard error goes to the file.
    fn launch(command: &str, api_key: Option<&str>, groups: &Groups) -> io::Result<(Self, File)> {
        let port = start::free_port()?;
        let said = tempfile::tempfile()?;
        let mut starting = start::line(command);
        start::without_settings(&mut starting);
        starting
            .envs(VARIABLES)
            .env("MFN_GRPC_PORT", port.to_string())
            .envs(api_key.map(|key| ("MFN_API_KEY", key)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(said.try_clone()?);
        let (child, group) = groups.spawn(&mut starting)?;
        let target = format!("http://127.0.0.1:{port}");
        let server =
            Server { target, ca: None, api_key: api_key.map(str::to_owned), pid: Some(child.id()) };
        Ok((Self { child, group, groups: groups.clone(), port, server }, said))
    }

    fn listens(&mut self, within: Duration) -> Result<(), String> {
        let (start, port) = (Instant::now(), self.port);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        while TcpStream::connect_timeout(&address, within).is_err() {
            if let Ok(Some(status)) = self.child.try_wait() {
                self.forget_group();
                return Err(format!("ended before it listened, with {status}"));
            }
            if start.elapsed() > within {
                return Err(format!("did not listen on port {port} within {within:?}"));
            }
            sleep(TRY_EVERY);
        }
        Ok(())
    }

    /// From now on the group's id may become another's: whose it was.
    fn forget_group(&mut self) -> Option<Pid> {
        let group = self.group.take()?;
        self.groups.running().groups.retain(|running| *running != group);
        Some(group)
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        // Its id stays its own until it is waited for.
        if let Some(group) = self.forget_group() {
            kill_process_group(group, Signal::KILL).ok();
        }
        self.child.wait().ok();
    }
}

/// The end of what a server has said, as the end of a sentence.
fn last_said(mut said: File) -> String {
    let length = said.metadata().map_or(0, |metadata| metadata.len());
    let mut end = Vec::new();
    let read = said
        .seek(SeekFrom::Start(length.saturating_sub(SHOWN_BYTES)))
        .and_then(|_| said.take(SHOWN_BYTES).read_to_end(&mut end));
    let end = String::from_utf8_lossy(&end);
    match read {
        Ok(_) if !end.trim().is_empty() => {
            format!("; its standard error ends:\n{}", end.trim_end())
        }
        Ok(_) | Err(_) => String::new(),
    }
}
