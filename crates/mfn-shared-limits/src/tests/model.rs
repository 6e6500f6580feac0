//! A store that is a model: what the scripts do, in Rust, with `mfn-access` for the
//! window. Its clock is tokio's, which tests pause and move.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::{Future, pending};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use mfn_access::KeyId;
use mfn_access::rate::SlidingWindow;
use mfn_access::replay::NotOnce;
use mfn_access::shared::{
    Question, SharedLimits as _, SharedPermit, SingleUse, Unavailable, Verdict,
};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use crate::command::{Admit, Command, LEASE, Reply};
use crate::connection::{BrokenConnection, Connect, ConnectError, Connection};
use crate::messages::Waiters;
use crate::names::{CallId, KeyDigest};
use crate::store::StoreLimits;

/// How the store is at present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Health {
    #[default]
    Well,
    /// It takes everything, and answers nothing.
    Silent,
    /// It answers after so long, by a task of its own, as a connection's reader does.
    Slow(Duration),
    /// Nobody can connect, and whoever is connected is cut off.
    Gone,
    /// It answers with errors.
    Full,
}

/// See the module. Clones are the same store.
#[derive(Clone, Default)]
pub(super) struct Model(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    health: Health,
    keys: HashMap<KeyDigest, Counted>,
    used: HashSet<[u8; 16]>,
    /// Microseconds before which signatures may be forgotten.
    since: u64,
    start: Option<Instant>,
    /// All commands that came, in their order.
    log: Vec<Command>,
    connections: u32,
}

#[derive(Default)]
struct Counted {
    window: Option<SlidingWindow>,
    /// When each call lapses.
    open: BTreeMap<[u8; 16], Instant>,
}

impl Model {
    pub(super) fn is(&self, health: Health) {
        self.state().health = health;
    }

    /// It forgets everything, and begins anew to remember signatures made from `since` on.
    pub(super) fn forgets(&self, since: u64) {
        let mut state = self.state();
        state.keys.clear();
        state.used.clear();
        state.since = since;
    }

    /// The calls of `key` that are open.
    pub(super) fn open(&self, key: &str) -> usize {
        let now = Instant::now();
        let state = self.state();
        let counted = state.keys.get(&KeyDigest::of(&id(key)));
        counted.map_or(0, |counted| counted.open.values().filter(|lapses| **lapses > now).count())
    }

    /// The commands that have come since the last time.
    pub(super) fn log(&self) -> Vec<Command> {
        std::mem::take(&mut self.state().log)
    }

    /// How many connections there have been.
    pub(super) fn connections(&self) -> u32 {
        self.state().connections
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics in here")
    }
}

impl State {
    fn carry_out(&mut self, command: &Command) -> Reply {
        self.log.push(command.clone());
        let now = Instant::now();
        match command {
            _ if self.health == Health::Full => Reply::Failed("OOM of the test".to_owned()),
            Command::Ping => Reply::Done,
            Command::Renew { key, calls } => {
                let open = &mut self.keys.entry(*key).or_default().open;
                open.extend(calls.iter().map(|call| (call.0, now + LEASE)));
                Reply::Done
            }
            Command::Release { key, calls } => {
                let open = &mut self.keys.entry(*key).or_default().open;
                for CallId(call) in calls {
                    open.remove(call);
                }
                Reply::Done
            }
            Command::Admit(call) => self.admit(call, now),
        }
    }

    fn admit(&mut self, call: &Admit, now: Instant) -> Reply {
        let since_start = now - *self.start.get_or_insert(now);
        let counted = self.keys.entry(call.key).or_default();
        counted.open.retain(|_, lapses| *lapses > now);
        if call.concurrent > 0 && counted.open.len() >= call.concurrent as usize {
            return Reply::ConcurrencyExceeded;
        }
        if let Some(once) = call.once {
            if self.used.contains(&once.digest) {
                return Reply::SignatureUsed;
            }
            if once.timestamp.as_micros() < self.since {
                return Reply::SignatureTooOld;
            }
            if self.used.len() >= once.capacity {
                return Reply::SignaturesFull { wait: once.lasts };
            }
        }
        let window = counted.window.get_or_insert_with(|| SlidingWindow::new(call.rps));
        window.set_limit(call.rps);
        if let Err(exceeded) = window.admit(since_start) {
            return Reply::RateExceeded { wait: exceeded.wait };
        }
        if call.concurrent > 0 {
            counted.open.insert(call.call.0, now + LEASE);
        }
        self.used.extend(call.once.map(|once| once.digest));
        Reply::Done
    }
}

impl Connect for Model {
    type Connection = ModelConnection;

    async fn connect(&self) -> Result<ModelConnection, ConnectError> {
        let health = {
            let mut state = self.state();
            state.connections += 1;
            state.health
        };
        match health {
            Health::Well | Health::Slow(_) => Ok(ModelConnection(self.clone())),
            Health::Silent => {
                sleep(Duration::from_secs(1)).await;
                Err(ConnectError("it is silent".to_owned()))
            }
            Health::Gone | Health::Full => Err(ConnectError("it is not well".to_owned())),
        }
    }
}

pub(super) struct ModelConnection(Model);

impl Connection for ModelConnection {
    fn send(
        &mut self,
        commands: Vec<Command>,
    ) -> impl Future<Output = Result<Vec<Reply>, BrokenConnection>> + Send + 'static {
        let mut state = self.0.state();
        // What a silent store has taken it carries out some time.
        let replies: Vec<_> = match state.health {
            Health::Gone => Vec::new(),
            _ => commands.iter().map(|command| state.carry_out(command)).collect(),
        };
        let health = state.health;
        let (read, reader) = oneshot::channel();
        if let Health::Slow(delay) = health {
            let replies = replies.clone();
            tokio::spawn(async move {
                sleep(delay).await;
                read.send(replies).ok();
            });
        }
        async move {
            match health {
                Health::Silent => pending().await,
                Health::Slow(_) => reader.await.map_err(|_| BrokenConnection("a test".to_owned())),
                Health::Gone => Err(BrokenConnection("it went away".to_owned())),
                Health::Well | Health::Full => Ok(replies),
            }
        }
    }
}

/// A server that shares limits by `model`, and has connected.
pub(super) async fn server(model: &Model) -> StoreLimits {
    let (limits, sessions) = StoreLimits::asking(model.clone(), Waiters::default());
    tokio::spawn(sessions.run());
    tokio::task::yield_now().await;
    sleep(Duration::from_millis(1)).await;
    limits
}

pub(super) fn id(key: &str) -> KeyId {
    KeyId::new(key).expect("an id")
}

/// A call of `key` with these limits.
pub(super) fn call(key: &str, rps: u32, concurrent: u32) -> Question {
    Question { key: id(key), rps, concurrent, once: None }
}

/// The same, signed with a signature of this number, made so many microseconds after
/// 1970.
pub(super) fn signed(number: u8, micros: u64) -> Question {
    let timestamp = mfn_access::Timestamp::from_unix(Duration::from_micros(micros));
    let lasts = Duration::from_mins(6);
    let once = SingleUse { digest: [number; 16], timestamp, lasts, capacity: 1000 };
    Question { once: Some(once), ..call("lab", 0, 0) }
}

/// The decision about a call. Its permit is kept in `permits`.
pub(super) async fn decision(
    server: &StoreLimits,
    question: Question,
    permits: &mut Vec<SharedPermit>,
) -> Decision {
    match server.admit(question).await {
        Ok(Verdict::Admitted(permit)) => {
            permits.push(permit);
            Decision::Admitted
        }
        Ok(Verdict::ConcurrencyExceeded) => Decision::ConcurrencyExceeded,
        Ok(Verdict::NotOnce(NotOnce::Used)) => Decision::SignatureUsed,
        Ok(Verdict::NotOnce(NotOnce::Full { capacity, wait })) => {
            Decision::SignaturesFull { capacity, wait }
        }
        Ok(Verdict::SignatureTooOld) => Decision::SignatureTooOld,
        Ok(Verdict::RateExceeded(exceeded)) => Decision::RateExceeded(exceeded.wait),
        Err(reason) => Decision::Missing(reason),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Admitted,
    ConcurrencyExceeded,
    SignatureUsed,
    SignatureTooOld,
    SignaturesFull { capacity: usize, wait: Duration },
    RateExceeded(Duration),
    Missing(Unavailable),
}
