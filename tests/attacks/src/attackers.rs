//! All attackers of an attack, and the honest client beside them.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use soak::Failure;
use soak::server::Server;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::attacker::{self, Attacked, Piece, Signals};
use crate::attacks::{Attack, Stake};
use crate::honest::{Experience, Honest, Phase};

/// Rounds of the honest client beside attackers, and of these after all is sent.
const ROUNDS: usize = 100;
const ROUNDS_AFTER: usize = 20;
/// How long attackers may be there whom the server must end, or send who could fill it: far longer
/// than it takes.
const ENDS_WITHIN: Duration = Duration::from_mins(2);
/// Who was ended is soon back.
const AGAIN_AFTER: Duration = Duration::from_millis(50);
/// How long others send. After that they go on holding what they have.
const SENDS_WITHIN: Duration = Duration::from_secs(10);

/// Attackers at work.
pub(crate) struct Attackers {
    attack: Attack,
    all: Vec<JoinHandle<Vec<Attacked>>>,
    /// Ends when none of them sends any more.
    sending: mpsc::Receiver<()>,
    /// Whether they come again no more.
    enough: watch::Sender<bool>,
    /// Whether they go.
    over: watch::Sender<bool>,
}

impl Attackers {
    /// Begins to attack with these pieces.
    pub(crate) fn begin(attack: Attack, pieces: Vec<Piece>, server: &Arc<Server>) -> Self {
        let (over, is_over) = watch::channel(false);
        let (enough, is_enough) = watch::channel(false);
        let (sends, sending) = mpsc::channel(1);
        let signals = Signals { sending: sends, over: is_over };
        let pieces: Arc<[Piece]> = pieces.into();
        let all = (0..attack.connections).map(|_| {
            let (server, pieces) = (Arc::clone(server), Arc::clone(&pieces));
            let (signals, is_enough) = (signals.clone(), is_enough.clone());
            tokio::spawn(async move {
                let attack_by = |signals| {
                    let sends = (&*pieces, attack.reading);
                    attacker::attack(&server.endpoint, attack.transport, sends, signals)
                };
                // Who is ended at once comes again, or there would soon be no attack.
                let again = attack.must_end.then(|| signals.clone());
                let mut all = vec![attack_by(signals).await];
                while let Some(signals) = &again
                    && all.last().is_some_and(|attacked| attacked.fate.is_ended())
                    && !*is_enough.borrow()
                {
                    sleep(AGAIN_AFTER).await;
                    all.push(attack_by(signals.clone()).await);
                }
                all
            })
        });
        Self { attack, all: all.collect(), sending, enough, over }
    }

    /// Goes on until the honest client has made its rounds: what has become of each connection, and
    /// how it went for that client.
    ///
    /// # Errors
    /// An attacker or the client has panicked.
    pub(crate) async fn beside(
        self,
        honest: Honest,
    ) -> Result<(Vec<Attacked>, Experience), Failure> {
        let Self { attack, all, mut sending, enough, over } = self;
        let rounds = honest.rounds() + ROUNDS;
        let mut all = pin!(all_of(all));
        let mut ended = None;
        if attack.must_end {
            honest.wait_for_rounds(rounds).await;
            enough.send_replace(true);
            ended = timeout(ENDS_WITHIN, all.as_mut()).await.ok().transpose()?;
        } else {
            let within = match attack.stake {
                Stake::Sent => ENDS_WITHIN,
                Stake::Little | Stake::Asked(_) => SENDS_WITHIN,
            };
            timeout(within, sending.recv()).await.ok();
            honest.enter(Phase::Holding);
            honest.wait_for_rounds(rounds.max(honest.rounds() + ROUNDS_AFTER)).await;
        }
        let experience = honest.finish().await?;
        over.send_replace(true);
        let attacked = match ended {
            Some(attacked) => attacked,
            None => all.await?,
        };
        Ok((attacked, experience))
    }
}

/// # Errors
/// An attacker has panicked.
async fn all_of(attackers: Vec<JoinHandle<Vec<Attacked>>>) -> Result<Vec<Attacked>, Failure> {
    let mut all = Vec::new();
    for attacker in attackers {
        all.extend(attacker.await?);
    }
    Ok(all)
}
