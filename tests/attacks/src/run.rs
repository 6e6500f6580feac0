//! One attack after the other, each on a server of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use soak::Failure;
use soak::server::Server;

use crate::answers::Answers;
use crate::attacker::Attacked;
use crate::attackers::Attackers;
use crate::attacks::{self, Attack, Means};
use crate::descriptors;
use crate::honest::{Honest, Phase};
use crate::options::Options;
use crate::report::{Outcome, heads};

/// The key of attackers who have one.
const ATTACKERS_KEY: &str = "field";
/// Rounds of the honest client before it is attacked.
const ROUNDS_BEFORE: usize = 5;
/// Where all must be ended, who shows nothing is not waited for as long as usual: still longer
/// than the honest client takes for a handshake on any machine.
const HANDSHAKE: (&str, &str) = ("MFN_GRPC_HANDSHAKE_TIMEOUT_MS", "3000");
/// Nor is who is asked to go and answers nothing.
const KEEPALIVE: (&str, &str) = ("MFN_GRPC_KEEPALIVE_TIME_MS", "10000");
const MIB: f64 = (1 << 20) as f64;

/// Makes all attacks that are asked for, and prints what has come of them: what is at fault.
///
/// # Errors
/// A server does not start, or an attack cannot be made.
pub(crate) async fn all(options: &Options) -> Result<Vec<String>, Failure> {
    let folder = tempfile::tempdir()?;
    let all = attacks::all(options.form());
    let asked_for: Vec<_> =
        all.into_iter().filter(|attack| options.asks_for(attack.name)).collect();
    let connections = asked_for.iter().map(|attack| attack.connections).max();
    descriptors::allow(connections.unwrap_or_default())?;
    let answers = Arc::default();
    let mut faults = Vec::new();
    println!("{}", heads());
    for (number, attack) in asked_for.into_iter().enumerate() {
        let folder = folder.path().join(number.to_string());
        let outcome = one(attack, options, &folder, &answers).await?;
        println!("{outcome}");
        let found = outcome.faults();
        faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", attack.name)));
    }
    for fault in &faults {
        println!("FAULT: {fault}");
    }
    if faults.is_empty() {
        println!("all calls of the honest client were answered, within the bound of memory");
    }
    Ok(faults)
}

/// Makes an attack.
async fn one(
    attack: Attack,
    options: &Options,
    folder: &Path,
    answers: &Arc<Answers>,
) -> Result<Outcome, Failure> {
    let form = options.form();
    let mib = form.memory_mib.to_string();
    let mut settings = vec![KEEPALIVE, ("MFN_GRPC_MEMORY_MB", &*mib)];
    settings.extend(attack.must_end.then_some(HANDSHAKE));
    let server = Server::start(&options.program, ("attacked", attack.has_tls), folder, &settings);
    let server = Arc::new(server.await?);
    // Its signatures hold for some minutes.
    let pieces = (attack.pieces)(&Means { secret: server.keys.secret(ATTACKERS_KEY), form });
    let at_stake = attack.at_stake(&pieces);
    let honest = Honest::begin(Arc::clone(&server), Arc::clone(answers)).await;
    let honest = honest
        .map_err(|error| Failure::Server(format!("does not serve an honest client: {error}")))?;
    honest.wait_for_rounds(ROUNDS_BEFORE).await;
    honest.enter(Phase::Sending);
    let attackers = Attackers::begin(attack, pieces, &server);
    let (attacked, experience) = attackers.beside(honest).await?;
    let peak_mib = server.sample()?.peak_memory_mib;
    let left_over = server.is_left_alone().await.err().map(|failure| failure.to_string());
    let ended_well = server.end().await?.success();
    let mut fates = BTreeMap::new();
    for Attacked { fate, .. } in &attacked {
        *fates.entry(*fate).or_default() += 1;
    }
    Ok(Outcome {
        name: attack.name,
        connections: attacked.len(),
        sent: attacked.iter().map(|attacked| attacked.sent).sum(),
        fates,
        must_end: attack.must_end,
        displaces: attack.displaces,
        experience,
        at_stake_mib: at_stake.map(|bytes| bytes as f64 / MIB),
        peak_mib,
        bound_mib: form.bound_mib(),
        left_over,
        ended_well,
    })
}
