//! The servers of a run: started when a case needs one, shared by those that
//! need the same, ended with the run.

mod alive;
mod honoured;
mod ready;
mod start;
mod target;
mod web;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::signal::ctrl_c;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Mutex, OnceCell};

use crate::server::{DEFAULT_MESSAGE_MIB, Server, Setups, Spawn, Starter, listening};
use alive::answers;
use honoured::Honoured;
use start::start;

pub use honoured::is_given;
pub use start::Start;
pub use target::{Address, Target};

/// The name of a set-up that every server has.
const ANY: &str = "any";
/// The set-up of a server that the suite starts without settings.
const OPEN: &str = "open";
/// The set-up of one that knows keys, and has no other settings.
const KEYS: &str = "keys";
/// Times that a shared server which has died is started again, so that the tests after
/// it do not suffer from the one that it died of.
const RESTARTS: usize = 3;

const NEEDS_NO_KEYS: &str = "it needs a server without keys: name a command with --spawn";
const NEEDS_KEYS: &str = "\
it needs a server with keys: say which with --api-key, or name a command with --spawn";
const NEEDS_SETTINGS: &str = "\
it needs a server with settings of its own: name a command with --spawn";

/// A server that answers.
pub type Running = Arc<Server>;

/// Why a case has no server.
#[derive(Clone, Debug, Error)]
pub enum NoServer {
    /// The one there is has not the set-up, and the suite may start none.
    #[error("{0}")]
    NotThisSetup(String),
    /// It does not know a setting of the set-up, and need not.
    #[error("{0}")]
    NotHonoured(String),
    /// It does not answer, or does not start.
    #[error("{0}")]
    Dead(String),
}

/// A server that cases share.
#[derive(Debug, Default)]
struct Shared {
    started: Arc<Started>,
    deaths: usize,
}

/// A server, once it has been asked for.
type Started = OnceCell<Result<Running, NoServer>>;

/// All servers of a run.
#[derive(Debug)]
pub struct Servers {
    target: Target,
    setups: Setups,
    timeout: Duration,
    starter: Starter,
    shared: Mutex<HashMap<String, Shared>>,
    honoured: Honoured,
    /// Whether it has the web, once somebody has asked.
    web: OnceCell<bool>,
}

impl Servers {
    /// Servers of `target`, each of which is to answer within `timeout`.
    ///
    /// # Errors
    /// Files for them cannot be written.
    pub fn new(target: Target, timeout: Duration) -> io::Result<Self> {
        let (setups, starter) = (Setups::load(), Starter::new()?);
        let (shared, honoured, web) = (Mutex::default(), Honoured::default(), OnceCell::new());
        Ok(Self { target, setups, timeout, starter, shared, honoured, web })
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
        self.starter.end_all();
        Ok(())
    }

    /// Lets the servers that cases share run on with their files, if that was asked
    /// for: a sentence on each.
    pub async fn left_running(&self) -> Vec<String> {
        if !matches!(&self.target, Target::Spawn(spawn) if spawn.keep_running) {
            return Vec::new();
        }
        let mut left = Vec::new();
        for (setup, shared) in &*self.shared.lock().await {
            let Some(Ok(server)) = shared.started.get() else { continue };
            let Some(process) = server.process.as_ref().filter(|one| one.ended().is_none()) else {
                continue;
            };
            process.leave_running();
            let (id, endpoint) = (process.id(), &server.endpoint);
            left.push(format!("process {id} with the set-up '{setup}' listens on {endpoint}"));
        }
        left.sort();
        if !left.is_empty() {
            let folder = self.starter.leave_files().display();
            left.push(format!("their certificates and other files are in {folder}"));
        }
        left
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
        let name = self.name(setup)?;
        let started =
            Arc::clone(&self.shared.lock().await.entry(name.to_owned()).or_default().started);
        started.get_or_init(|| self.fresh(name)).await.clone()
    }

    /// What the server with this set-up is kept by. At an address there is but one.
    fn name<'a>(&self, setup: &'a str) -> Result<&'a str, NoServer> {
        match &self.target {
            Target::Spawn(_) if setup == ANY => Ok(OPEN),
            Target::Spawn(_) => Ok(setup),
            Target::Address(address) => match (setup, address.keys.is_empty()) {
                (ANY, _) | (OPEN, true) | (KEYS, false) => Ok(ANY),
                (OPEN, false) => Err(NoServer::NotThisSetup(NEEDS_NO_KEYS.to_owned())),
                (KEYS, true) => Err(NoServer::NotThisSetup(NEEDS_KEYS.to_owned())),
                _ => Err(NoServer::NotThisSetup(NEEDS_SETTINGS.to_owned())),
            },
        }
    }

    /// The same for a case that starts servers itself.
    ///
    /// # Errors
    /// There is none, or the suite may start none.
    pub async fn starting(&self, setup: &str) -> Result<Running, NoServer> {
        self.spawn()?;
        self.shared(setup).await
    }

    /// A server with this set-up for one case alone.
    ///
    /// # Errors
    /// There is none.
    pub async fn fresh(&self, setup: &str) -> Result<Running, NoServer> {
        let name = self.name(setup)?;
        let address = match &self.target {
            Target::Spawn(spawn) => {
                let setup = self.setups.named(name);
                let setup = setup.ok_or_else(|| NoServer::Dead(format!("no set-up is {name}")))?;
                let started = self.starter.start(spawn, setup).await;
                return started.map(Arc::new).map_err(NoServer::Dead);
            }
            Target::Address(address) => address,
        };
        let server = Server {
            endpoint: address.endpoint.clone(),
            keys: address.keys.clone(),
            message_limit: DEFAULT_MESSAGE_MIB << 20,
            certificates: None,
            process: None,
            started_with: Vec::new(),
            restart: None,
        };
        match answers(&server, self.timeout).await {
            Ok(()) => Ok(Arc::new(server)),
            Err(error) => Err(NoServer::Dead(error)),
        }
    }

    /// Whether a server that was silent once still answers.
    ///
    /// # Errors
    /// It does not: why.
    pub async fn is_alive(&self, server: &Server) -> Result<(), String> {
        answers(server, self.timeout).await
    }

    /// The server of this set-up is dead. One that the suite has started is started
    /// anew for the next case, unless that has been tried often enough. Any other case
    /// need not be tried.
    pub async fn give_up(&self, setup: &str, server: &Running, why: &str) {
        let Ok(name) = self.name(setup) else { return };
        let mut shared = self.shared.lock().await;
        let shared = shared.entry(name.to_owned()).or_default();
        let now = shared.started.get();
        if !now.is_some_and(|now| now.as_ref().is_ok_and(|now| Arc::ptr_eq(now, server))) {
            // Another case has found it before.
            return;
        }
        shared.deaths += 1;
        let may_start = matches!(self.target, Target::Spawn(_)) && shared.deaths <= RESTARTS;
        let dead = || OnceCell::new_with(Some(Err(NoServer::Dead(why.to_owned()))));
        shared.started = Arc::new(if may_start { OnceCell::new() } else { dead() });
    }

    /// Starts a server without keys, with these settings as well, and does not
    /// wait: they may be such that it ends at once. The paths of set-ups may be
    /// among them.
    ///
    /// # Errors
    /// The suite may start none, or the command does not start.
    pub fn start_with(&self, settings: &[(&str, &str)]) -> Result<Server, NoServer> {
        let (spawn, setup) = (self.spawn()?, self.setups.named(OPEN));
        let setup = setup.ok_or_else(|| NoServer::Dead("no set-up is open".to_owned()))?;
        self.starter.launch(spawn, setup, settings).map_err(NoServer::Dead)
    }

    /// Waits until a server that the suite has started accepts connections.
    ///
    /// # Errors
    /// It does not: why.
    pub async fn listens(&self, server: &Server) -> Result<(), NoServer> {
        let listening = listening(self.spawn()?, server).await;
        listening.map_err(|error| NoServer::Dead(error + &server.last_words()))
    }

    /// Waits for what comes of the start of such a server: its end, or an answer.
    ///
    /// # Errors
    /// The suite may start none.
    pub async fn start(&self, server: &Server) -> Result<Start, NoServer> {
        Ok(start(self.spawn()?, server, self.timeout).await)
    }

    fn spawn(&self) -> Result<&Spawn, NoServer> {
        match &self.target {
            Target::Spawn(spawn) => Ok(spawn),
            Target::Address(_) => Err(NoServer::NotThisSetup(NEEDS_SETTINGS.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use conformance_wire::Endpoint;

    use super::*;

    /// A report by address would have a line for each set-up.
    #[tokio::test]
    async fn what_a_server_at_an_address_cannot_show_has_few_reasons() {
        let endpoint = Endpoint::parse("http://127.0.0.1:1", None).expect("good");
        let target = Target::Address(Address::new(endpoint, None));
        let servers = Servers::new(target, Duration::ZERO).expect("files can be written");
        let mut reasons = BTreeSet::new();
        for setup in Setups::load().setup {
            if let Err(NoServer::NotThisSetup(why)) = servers.shared(&setup.name).await {
                reasons.insert(why);
            }
        }
        assert_eq!(reasons, [NEEDS_KEYS, NEEDS_SETTINGS].map(str::to_owned).into());
    }
}
