//! One attack after the other, each on a server of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use soak::Failure;
use soak::memory_bound::Settings;
use soak::server::Server;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::attacker::{self, Signals, Spent};
use crate::attacks::{self, Attack, Means};
use crate::descriptors;
use crate::honest::Honest;
use crate::options::Options;
use crate::report::{Outcome, heads};

/// The key of attackers who have one.
const ATTACKERS_KEY: &str = "field";
/// Rounds of the honest client before it is attacked, and after all is sent.
const ROUNDS_BEFORE: usize = 5;
const ROUNDS: usize = 20;
/// How much more of everything there is in the full form.
const FULL: usize = 10;
/// How long attackers whom the server must end may be there: far longer than it takes.
const ENDS_WITHIN: Duration = Duration::from_mins(2);
/// How long attackers send. After that they go on holding what they have.
const SENDS_WITHIN: Duration = Duration::from_secs(10);
/// Who shows nothing is not waited for as long as usual.
const HANDSHAKE: (&str, &str) = ("MFN_GRPC_HANDSHAKE_TIMEOUT_MS", "2000");
/// The least memory that a server can have, which a short attack may fill.
const SHORT_MIB: u32 = 64;
const FULL_MIB: u32 = 384;

/// Makes all attacks that are asked for, and prints what has come of them: what is at fault.
///
/// # Errors
/// A server does not start, or an attack cannot be made.
pub(crate) async fn all(options: &Options) -> Result<Vec<String>, Failure> {
    let folder = tempfile::tempdir()?;
    let (scale, mib) = if options.full { (FULL, FULL_MIB) } else { (1, SHORT_MIB) };
    let mut faults = Vec::new();
    println!("{}", heads());
    // Each is made anew before it begins: signatures do not hold for as long as all of them take.
    let all: Vec<_> = attacks::all(&Means { secret: "none".to_owned(), scale })
        .into_iter()
        .map(|attack| (attack.name, attack.has_tls, attack.connections))
        .collect();
    let asked_for = || all.iter().enumerate().filter(|(_, (name, ..))| options.asks_for(name));
    let connections = asked_for().map(|(_, (_, _, connections))| *connections).max();
    descriptors::allow(connections.unwrap_or_default())?;
    for (number, (name, has_tls, _)) in asked_for() {
        let folder = folder.path().join(number.to_string());
        let outcome = one((number, *has_tls), options, &folder, (scale, mib)).await?;
        println!("{outcome}");
        faults.extend(outcome.faults().into_iter().map(|fault| format!("{name}: {fault}")));
    }
    for fault in &faults {
        println!("FAULT: {fault}");
    }
    if faults.is_empty() {
        println!("all calls of the honest client were answered, within the bound of memory");
    }
    Ok(faults)
}

/// Makes the attack of this number.
async fn one(
    (number, has_tls): (usize, bool),
    options: &Options,
    folder: &Path,
    (scale, mib): (usize, u32),
) -> Result<Outcome, Failure> {
    let mib_text = mib.to_string();
    let settings = [HANDSHAKE, ("MFN_GRPC_MEMORY_MB", &*mib_text)];
    let server = Server::start(&options.program, ("attacked", has_tls), folder, &settings);
    let server = Arc::new(server.await?);
    let means = Means { secret: server.keys.secret(ATTACKERS_KEY), scale };
    let attack = attacks::all(&means).swap_remove(number);
    let said = |error: String| Failure::Server(format!("does not serve an honest client: {error}"));
    let honest = Honest::begin(Arc::clone(&server)).await.map_err(said)?;
    honest.makes(ROUNDS_BEFORE).await;
    let (over, is_over) = watch::channel(false);
    let (sending, mut sent) = mpsc::channel::<()>(1);
    let attack = Arc::new(attack);
    let attackers = begin(&attack, &server, &Signals { sending, over: is_over });
    let mut attackers = pin!(all_of(attackers));
    let mut ended = None;
    if attack.must_end {
        ended = timeout(ENDS_WITHIN, attackers.as_mut()).await.ok().transpose()?;
    } else {
        // Nobody says anything by it: it ends when all have dropped it.
        timeout(SENDS_WITHIN, sent.recv()).await.ok();
    }
    honest.makes(ROUNDS).await;
    over.send_replace(true);
    let spent = match ended {
        Some(spent) => spent,
        None => attackers.await?,
    };
    let experience = honest.experience().await.map_err(said)?;
    let peak_mib = server.sample()?.peak_memory_mib;
    let is_left_alone = server.is_left_alone().await.err().map(|failure| failure.to_string());
    let ended_well = server.end().await?.success();
    let mut fates = BTreeMap::new();
    for Spent { fate, .. } in &spent {
        *fates.entry(*fate).or_default() += 1;
    }
    Ok(Outcome {
        name: attack.name,
        connections: attack.connections,
        sent: spent.iter().map(|spent| spent.sent).sum(),
        must_end: attack.must_end,
        fates,
        experience,
        peak_mib,
        bound_mib: Settings::of_server(mib).bound_mib(),
        left_over: is_left_alone,
        ended_well,
    })
}

fn begin(attack: &Arc<Attack>, server: &Arc<Server>, signals: &Signals) -> Vec<JoinHandle<Spent>> {
    let attackers = (0..attack.connections).map(|_| {
        let (attack, server, signals) = (Arc::clone(attack), Arc::clone(server), signals.clone());
        tokio::spawn(async move {
            let sends = (&*attack.pieces, attack.reading);
            attacker::attack(&server.endpoint, attack.transport, sends, signals).await
        })
    });
    attackers.collect()
}

/// # Errors
/// An attacker has panicked.
async fn all_of(attackers: Vec<JoinHandle<Spent>>) -> Result<Vec<Spent>, Failure> {
    let mut all = Vec::new();
    for attacker in attackers {
        all.push(attacker.await?);
    }
    Ok(all)
}
