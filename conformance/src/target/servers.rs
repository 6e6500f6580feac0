//! The servers of a run: started when a case needs one, shared by those that
//! need the same, ended with the run.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, Weak};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::signal::ctrl_c;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Mutex, OnceCell};
use tokio::time::sleep;

use super::address::trusting;
use super::{
    DEFAULT_MESSAGE_MIB, Process, Server, Setup, Setups, Spawn, Target, certificates, free_port,
};
use crate::case::Call;
use crate::client::{CallError, Connection, Endpoint, Exchange, prepare};

/// The name of a set-up that every server has.
const ANY: &str = "any";
/// Tries to connect while a server starts are so far apart.
const TRY_EVERY: Duration = Duration::from_millis(20);
/// Other tries to start one, if its port was taken between two looks.
const STARTS: u32 = 3;

/// A server that answers.
pub type Running = Arc<Server>;

/// Why a case has no server.
#[derive(Clone, Debug)]
pub enum NoServer {
    /// The one there is has not the set-up, and the suite may start none.
    NotThisSetup(String),
    /// It does not answer, or does not start.
    Dead(String),
}

/// A server, once it has been asked for.
type Started = OnceCell<Result<Running, NoServer>>;

/// All servers of a run.
#[derive(Debug)]
pub struct Servers {
    target: Target,
    setups: Setups,
    patience: Duration,
    folder: PathBuf,
    started: Mutex<HashMap<String, Arc<Started>>>,
    /// All that were ever started, for an end before the end.
    processes: std::sync::Mutex<Vec<Weak<Process>>>,
}

impl Servers {
    /// Servers of `target`, each of which is to answer within `patience`.
    ///
    /// # Errors
    /// Files for them cannot be written.
    pub fn new(target: Target, patience: Duration) -> io::Result<Self> {
        let folder = std::env::temp_dir().join(format!(
            "mfn-conformance-{}-{}",
            std::process::id(),
            fastrand::u32(..)
        ));
        fs::create_dir(&folder)?;
        certificates::write(&folder)?;
        let (setups, started, processes) =
            (Setups::load(), Mutex::default(), std::sync::Mutex::default());
        Ok(Self { target, setups, patience, folder, started, processes })
    }

    /// Waits until this process is asked to end (Ctrl-C, SIGTERM), and kills all
    /// servers that the suite has started: they would outlive it.
    ///
    /// # Errors
    /// Signals cannot be waited for.
    pub async fn end_with_a_signal(&self) -> io::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            pressed = ctrl_c() => pressed?,
            _ = terminate.recv() => {}
        }
        let processes = self.processes.lock().unwrap_or_else(PoisonError::into_inner);
        processes.iter().filter_map(Weak::upgrade).for_each(|process| process.kill());
        fs::remove_dir_all(&self.folder).ok();
        Ok(())
    }

    /// What is tested.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The server with this set-up that cases share.
    ///
    /// # Errors
    /// There is none.
    pub async fn shared(&self, setup: &str) -> Result<Running, NoServer> {
        let name = match &self.target {
            Target::Spawn(_) if setup == ANY => "open",
            _ => setup,
        };
        let cell = Arc::clone(self.started.lock().await.entry(name.to_owned()).or_default());
        cell.get_or_init(|| self.fresh(name)).await.clone()
    }

    /// A server with this set-up for one case alone.
    ///
    /// # Errors
    /// There is none.
    pub async fn fresh(&self, setup: &str) -> Result<Running, NoServer> {
        let server = match &self.target {
            Target::Spawn(spawn) => {
                let name = if setup == ANY { "open" } else { setup };
                let setup = self.setups.named(name);
                let setup = setup.ok_or_else(|| NoServer::Dead(format!("no set-up is {name}")))?;
                return self.start(spawn, setup).await;
            }
            Target::Address(address) => {
                let has_keys = !address.keys.is_empty();
                match setup {
                    ANY => {}
                    "open" if !has_keys => {}
                    "keys" if has_keys => {}
                    other => return Err(NoServer::NotThisSetup(self.not_this(other))),
                }
                Server {
                    endpoint: address.endpoint.clone(),
                    keys: address.keys.clone(),
                    message_limit: DEFAULT_MESSAGE_MIB << 20,
                    certificates: None,
                    process: None,
                }
            }
        };
        match answers(&server, self.patience).await {
            Ok(()) => Ok(Arc::new(server)),
            Err(error) => Err(NoServer::Dead(error)),
        }
    }

    /// Whether a server that was silent once still answers.
    ///
    /// # Errors
    /// It does not: why.
    pub async fn is_alive(&self, server: &Server) -> Result<(), String> {
        answers(server, self.patience).await
    }

    /// No case need be tried any more with the server of this set-up.
    pub async fn give_up(&self, setup: &str, why: &str) {
        let name =
            if setup == ANY && matches!(self.target, Target::Spawn(_)) { "open" } else { setup };
        let dead = OnceCell::new_with(Some(Err(NoServer::Dead(why.to_owned()))));
        self.started.lock().await.insert(name.to_owned(), Arc::new(dead));
    }

    fn not_this(&self, name: &str) -> String {
        match self.setups.named(name) {
            Some(setup) => format!(
                "it needs a server {setup}: name a command with --spawn, and the suite starts one"
            ),
            None => format!("no set-up is {name}"),
        }
    }

    /// Starts a server, and waits until it answers.
    async fn start(&self, spawn: &Spawn, setup: &Setup) -> Result<Running, NoServer> {
        let mut last = String::new();
        for _ in 0..STARTS {
            match self.try_start(spawn, setup).await {
                Ok(server) => return Ok(Arc::new(server)),
                Err(error) => last = error,
            }
        }
        Err(NoServer::Dead(last))
    }

    async fn try_start(&self, spawn: &Spawn, setup: &Setup) -> Result<Server, String> {
        let server = self.launch(spawn, setup, &[])?;
        let ended = |error| format!("{error}; it had {setup}");
        self.listening(spawn, &server).await.map_err(ended)?;
        Ok(server)
    }

    /// Starts a server without keys, with these settings as well, and does not
    /// wait: they may be such that it ends at once. The paths of set-ups may be
    /// among them.
    ///
    /// # Errors
    /// The suite may start none, or the command does not start.
    pub fn start_with(&self, settings: &[(&str, &str)]) -> Result<Server, NoServer> {
        let (spawn, setup) = (self.spawn()?, self.setups.named("open"));
        let setup = setup.ok_or_else(|| NoServer::Dead("no set-up is open".to_owned()))?;
        self.launch(spawn, setup, settings).map_err(NoServer::Dead)
    }

    /// Waits until a server that the suite has started accepts connections.
    ///
    /// # Errors
    /// It does not: why.
    pub async fn listens(&self, server: &Server) -> Result<(), NoServer> {
        self.listening(self.spawn()?, server).await.map_err(NoServer::Dead)
    }

    fn spawn(&self) -> Result<&Spawn, NoServer> {
        match &self.target {
            Target::Spawn(spawn) => Ok(spawn),
            Target::Address(_) => Err(NoServer::NotThisSetup(
                "it needs a server with settings of its own: name a command with --spawn"
                    .to_owned(),
            )),
        }
    }

    fn launch(
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
        let process = Process::start(&spawn.command, &variables)
            .map_err(|error| format!("'{}' does not start: {error}", spawn.command.join(" ")))?;
        let process = Arc::new(process);
        let mut processes = self.processes.lock().unwrap_or_else(PoisonError::into_inner);
        processes.retain(|process| process.strong_count() > 0);
        processes.push(Arc::downgrade(&process));
        drop(processes);
        let tls = if setup.has_tls() {
            let trust = trusting(&certificates::ca(&self.folder));
            Some(trust.map_err(|error| error.to_string())?)
        } else {
            None
        };
        Ok(Server {
            endpoint: Endpoint { host: "127.0.0.1".to_owned(), port, tls },
            keys: setup.keys.clone(),
            message_limit: setup.message_mib().unwrap_or(DEFAULT_MESSAGE_MIB) << 20,
            certificates: setup.has_tls().then(|| Arc::new(self.folder.clone())),
            process: Some(process),
        })
    }

    async fn listening(&self, spawn: &Spawn, server: &Server) -> Result<(), String> {
        let command = spawn.command.join(" ");
        let start = Instant::now();
        loop {
            let process = server.process.as_ref();
            if let Some(status) = process.and_then(|process| process.ended()) {
                return Err(format!("'{command}' ended at its start, with {status}"));
            }
            if server.endpoint.tcp().await.is_ok() {
                return Ok(());
            }
            if start.elapsed() > spawn.start_within {
                let (port, seconds) = (server.endpoint.port, spawn.start_within.as_secs());
                return Err(format!("'{command}' does not listen on {port} after {seconds} s"));
            }
            sleep(TRY_EVERY).await;
        }
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

impl Drop for Servers {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).ok();
    }
}

impl fmt::Display for NoServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotThisSetup(why) | Self::Dead(why) => f.write_str(why),
        }
    }
}

/// Whether a small call is answered, however.
async fn answers(server: &Server, patience: Duration) -> Result<(), String> {
    let request = json!({ "grid_size": 4, "steps": 1 });
    let call = Call {
        method: "mfn.MFNSimulationService/RunSimulation".to_owned(),
        request: request.as_object().cloned(),
        ..Call::default()
    };
    let answered = async {
        let connection = Connection::open(&server.endpoint).await?;
        let callable = prepare(&call, server)?;
        Exchange::begin(&connection, callable.outgoing).await?.end(patience).await
    };
    match tokio::time::timeout(patience, answered).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) if !matches!(error, CallError::Silence(_)) => {
            Err(format!("{error}, at {}", server.endpoint))
        }
        _ => Err(format!(
            "{} accepts, and does not answer a small call within {} s",
            server.endpoint,
            patience.as_secs_f64()
        )),
    }
}
