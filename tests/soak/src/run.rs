//! The whole run.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use soak::Failure;
use soak::memory_bound::Settings;
use soak::server::Server;
use soak::stop;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::options::Options;
use crate::report::Account;
use crate::traffic::Traffic;
use crate::upkeep::Upkeep;
use crate::watch::Watch;

const MINUTE: Duration = Duration::from_mins(1);
/// What the servers are told: connections are asked to go after a while, so that they come and
/// go by the server's doing too.
const SETTINGS: [(&str, &str); 1] = [("MFN_GRPC_MAX_CONNECTION_AGE_MS", "30000")];
/// What `MFN_GRPC_MEMORY_MB` is by default.
const MEMORY_MIB: u32 = 384;

/// A server, its callers, and who looks after it and at it.
struct Subject {
    server: Arc<Server>,
    traffic: Arc<Traffic>,
    watch: Watch,
    watching: JoinHandle<()>,
    upkeep: JoinHandle<Result<Upkeep, Failure>>,
    alone: soak::process::Sample,
}

/// Runs it, and prints what has come of it: what does not agree.
///
/// # Errors
/// A server does not start, or does not go on.
pub(crate) async fn run(options: &Options) -> Result<Vec<String>, Failure> {
    let folder = tempfile::tempdir()?;
    let duration = MINUTE * u32::try_from(options.minutes).unwrap_or(u32::MAX);
    let (stop, stopped) = watch::channel(false);
    let mut subjects = Vec::new();
    for (name, has_tls) in [("plaintext", false), ("tls", true)] {
        let start =
            Subject::start(&options.program, (name, has_tls), folder.path(), duration, &stopped);
        subjects.push(start.await?);
    }
    let rate = options.rate as f64 / subjects.len() as f64;
    let mut chance = fastrand::Rng::with_seed(options.seed);
    let loads: Vec<_> = subjects
        .iter()
        .map(|subject| {
            let (traffic, chance) = (Arc::clone(&subject.traffic), chance.fork());
            tokio::spawn(async move { traffic.run(rate, duration, chance).await })
        })
        .collect();
    let progress = tell_progress(&subjects);
    tokio::select! {
        () = progress => {}
        ended = all(loads) => ended?,
        () = stop::is_asked_for() => return Err(Failure::Stopped),
    }
    stop.send_replace(true);
    let mut faults = Vec::new();
    for subject in subjects {
        let account = subject.end().await?;
        println!("\n{}", account.text());
        faults.extend(account.faults());
    }
    if faults.is_empty() {
        println!("calls made, audit and metrics agree, and nothing is left over");
    }
    for fault in &faults {
        println!("DISAGREES: {fault}");
    }
    Ok(faults)
}

impl Subject {
    async fn start(
        program: &Path,
        (name, has_tls): (&'static str, bool),
        folder: &Path,
        duration: Duration,
        stopped: &watch::Receiver<bool>,
    ) -> Result<Self, Failure> {
        let folder = folder.join(name);
        let server = Server::start(program, (name, has_tls), &folder, &SETTINGS);
        let server = Arc::new(server.await?);
        server.is_left_alone().await?;
        let alone = server.sample()?;
        let watch = Watch::new(duration);
        let watching = tokio::spawn(watch.clone().run(Arc::clone(&server)));
        let upkeep = tokio::spawn(Upkeep::run(Arc::clone(&server), stopped.clone()));
        let traffic = Arc::new(Traffic::new(&server));
        Ok(Self { server, traffic, watch, watching, upkeep, alone })
    }

    /// Ends the server, whose callers have gone, and says what has come of their calls.
    async fn end(self) -> Result<Account, Failure> {
        let Self { server, traffic, watch, watching, upkeep, alone } = self;
        let mut upkeep = upkeep.await?.unwrap_or_else(|failure| {
            traffic.with_ledger(|ledger| ledger.is_unexpected(failure.to_string()));
            Upkeep::default()
        });
        let metrics = server.is_left_alone().await?;
        watching.abort();
        let alone = [alone, server.sample()?];
        let ended_well = server.end().await?.success();
        upkeep.audit.add(&server.audit())?;
        let ledger =
            traffic.with_ledger(|ledger| std::mem::replace(ledger, crate::ledger::Ledger::new()));
        Ok(Account {
            name: server.name,
            has_tls: server.certificates.is_some(),
            ledger,
            upkeep,
            metrics,
            watch,
            alone,
            bound_mib: Settings::of_server(MEMORY_MIB).bound_mib(),
            ended_well,
        })
    }
}

/// # Errors
/// A load has panicked. What was made until then may well agree.
async fn all(loads: Vec<JoinHandle<()>>) -> Result<(), Failure> {
    for load in loads {
        load.await?;
    }
    Ok(())
}

/// Tells once a minute how things are.
async fn tell_progress(subjects: &[Subject]) {
    let mut minutes = interval_at(Instant::now() + MINUTE, MINUTE);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for minute in 1_u64.. {
        minutes.tick().await;
        let told = subjects.iter().map(|subject| {
            let (calls, unexpected) =
                subject.traffic.with_ledger(|ledger| (ledger.calls(), ledger.unexpected));
            let sample = subject.watch.last();
            format!(
                "{}: {calls} calls, {unexpected} unexpected, {:.1} MiB, {} descriptors, {} threads",
                subject.server.name, sample.memory_mib, sample.descriptors, sample.threads
            )
        });
        println!("minute {minute}: {}", told.collect::<Vec<_>>().join("; "));
    }
}
