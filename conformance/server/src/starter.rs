//! Starts servers, with the files that they need, and ends them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use conformance_wire::Endpoint;
use conformance_wire::endpoint::trusting;
use conformance_wire::start::{MAX_ATTEMPTS, free_port};
use tokio::time::sleep;

use super::{DEFAULT_MESSAGE_MIB, Process, Restart, Server, ServerLog, Setup, Spawn, certificates};

/// Tries to connect while a server starts are so far apart.
const TRY_EVERY: Duration = Duration::from_millis(20);

/// Starts servers.
#[derive(Debug)]
pub struct Starter {
    /// Certificates and files of keys.
    folder: PathBuf,
    /// All that were ever started, for an end before the end.
    processes: Mutex<Vec<Weak<Process>>>,
    /// How many were started, by which their logs are numbered.
    started: AtomicUsize,
    /// Whether the files stay, for servers that are left running.
    leaves_files: AtomicBool,
}

impl Starter {
    /// Makes its files, in a folder of its own.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn new() -> io::Result<Self> {
        let name = format!("mfn-conformance-{}-{}", std::process::id(), fastrand::u32(..));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder)?;
        certificates::write(&folder)?;
        let (started, leaves_files) = (AtomicUsize::new(0), AtomicBool::new(false));
        Ok(Self { folder, processes: Mutex::default(), started, leaves_files })
    }

    /// Leaves the files of the servers: where they are.
    pub fn leave_files(&self) -> &Path {
        self.leaves_files.store(true, Ordering::Relaxed);
        &self.folder
    }

    /// Kills all that run, and leaves nothing behind.
    pub fn end_all(&self) {
        let processes = self.processes.lock().unwrap_or_else(PoisonError::into_inner);
        processes.iter().filter_map(Weak::upgrade).for_each(|process| process.kill());
        fs::remove_dir_all(&self.folder).ok();
    }

    /// Starts a server, and waits until it listens. If it ends before, it is started again, since
    /// another program may have taken its port.
    ///
    /// # Errors
    /// It does not start: why.
    pub async fn start(&self, spawn: &Spawn, setup: &Setup) -> Result<Server, String> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let server = self.launch(spawn, setup, &[])?;
            match listening(spawn, &server).await {
                Ok(()) => return Ok(server),
                Err(_) if server.ended().is_some() && attempts < MAX_ATTEMPTS => {}
                Err(why) => {
                    return Err(format!("{why}; it was started {setup}{}", server.last_words()));
                }
            }
        }
    }

    /// Starts a server with these settings as well, and does not wait.
    ///
    /// # Errors
    /// It does not start: why.
    pub fn launch(
        &self,
        spawn: &Spawn,
        setup: &Setup,
        settings: &[(&str, &str)],
    ) -> Result<Server, String> {
        let port = free_port().map_err(|error| format!("no port is free: {error}"))?;
        let mut variables = self.variables(spawn, setup, port)?;
        let keys = self.keys_file(setup);
        let settings = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), self.with_paths(value, &keys)));
        variables.extend(settings);
        let started_with = started_with(setup, &variables);
        let log = self.log(spawn, setup)?;
        let process = Process::start(&spawn.command, &variables, log)
            .map_err(|error| format!("'{}' does not start: {error}", spawn.command.join(" ")))?;
        let process = self.remembered(process);
        let ca = setup.has_tls().then(|| certificates::ca(&self.folder));
        let tls = ca.as_deref().map(trusting).transpose().map_err(|error| error.to_string())?;
        Ok(Server {
            endpoint: Endpoint { host: "127.0.0.1".to_owned(), port, tls, ca },
            keys: setup.keys.clone(),
            message_limit: setup.message_mib().unwrap_or(DEFAULT_MESSAGE_MIB) << 20,
            certificates: setup.has_tls().then(|| Arc::new(self.folder.clone())),
            process: Some(process),
            restart: Some(Restart { command: spawn.command.join(" "), ends: !spawn.keep_running }),
            started_with,
        })
    }

    fn log(&self, spawn: &Spawn, setup: &Setup) -> Result<ServerLog, String> {
        let number = self.started.fetch_add(1, Ordering::Relaxed) + 1;
        let folder = spawn.log_folder.as_ref().unwrap_or(&self.folder);
        ServerLog::create(folder, &format!("{number:03}-{}", setup.name))
            .map_err(|error| format!("cannot write to '{}': {error}", folder.display()))
    }

    fn remembered(&self, process: Process) -> Arc<Process> {
        let process = Arc::new(process);
        let mut processes = self.processes.lock().unwrap_or_else(PoisonError::into_inner);
        processes.retain(|process| process.strong_count() > 0);
        processes.push(Arc::downgrade(&process));
        process
    }

    fn keys_file(&self, setup: &Setup) -> PathBuf {
        self.folder.join(format!("{}.toml", setup.name))
    }

    fn variables(
        &self,
        spawn: &Spawn,
        setup: &Setup,
        port: u16,
    ) -> Result<Vec<(String, String)>, String> {
        let mut variables = vec![
            ("MFN_GRPC_HOST".to_owned(), "127.0.0.1".to_owned()),
            ("MFN_GRPC_PORT".to_owned(), port.to_string()),
            ("MFN_GRPC_AUDIT_LOG".to_owned(), "off".to_owned()),
            // Several run at once, and its default port has room for one.
            ("MFN_GRPC_ADMIN_PORT".to_owned(), "0".to_owned()),
        ];
        let keys = self.keys_file(setup);
        if let Some(file) = &setup.key_file {
            fs::write(&keys, file).map_err(|error| format!("{}: {error}", keys.display()))?;
        } else if !setup.keys.is_empty() {
            variables.push(("MFN_API_KEYS".to_owned(), setup.keys.join(",")));
        }
        for (name, value) in &setup.variables {
            variables.push((name.clone(), self.with_paths(value, &keys)));
        }
        variables.extend(spawn.variables.iter().cloned());
        Ok(variables)
    }

    fn with_paths(&self, value: &str, keys: &Path) -> String {
        let in_folder = |name: &str| self.folder.join(name).display().to_string();
        match value {
            "{cert}" => in_folder("server.pem"),
            "{key}" => in_folder("server.key"),
            "{ca}" => in_folder("ca.pem"),
            "{keys}" => keys.display().to_string(),
            _ => value.to_owned(),
        }
    }
}

impl Drop for Starter {
    fn drop(&mut self) {
        if !*self.leaves_files.get_mut() {
            fs::remove_dir_all(&self.folder).ok();
        }
    }
}

/// The set-up, and each variable with its last value.
fn started_with(setup: &Setup, variables: &[(String, String)]) -> Vec<String> {
    let last: BTreeMap<_, _> = variables.iter().map(|(name, value)| (name, value)).collect();
    let variables = last.into_iter().map(|(name, value)| format!("{name}={value}"));
    [format!("set-up '{}': {}", setup.name, setup.about)].into_iter().chain(variables).collect()
}

/// Waits until a server that was started accepts connections.
///
/// # Errors
/// It does not: why.
pub async fn listening(spawn: &Spawn, server: &Server) -> Result<(), String> {
    let command = spawn.command.join(" ");
    let start = Instant::now();
    loop {
        if let Some(status) = server.ended() {
            return Err(format!("'{command}' ended at its start, with {status}"));
        }
        if server.endpoint.tcp().await.is_ok() {
            return Ok(());
        }
        if start.elapsed() > spawn.start_within {
            let (port, seconds) = (server.endpoint.port, spawn.start_within.as_secs());
            return Err(format!(
                "'{command}' does not listen on port {port} after {seconds} s, which --start-within \
                 allows"
            ));
        }
        sleep(TRY_EVERY).await;
    }
}
