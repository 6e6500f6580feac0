//! A client that does nothing wrong, beside those that do.
//!
//! - [`call`]: what it calls in each round;
//! - [`caller`]: who makes the calls, [`by_grpc`] and [`by_connect`];
//! - [`experience`]: what it meets.

mod by_connect;
mod by_grpc;
mod call;
mod caller;
mod experience;

use std::sync::Arc;
use std::time::{Duration, Instant};

use soak::Failure;
use soak::server::Server;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::answers::Answers;
use call::Call;
use caller::Caller;

pub(crate) use experience::Experience;

/// Between its rounds, so that it is within its limits.
const PAUSE: Duration = Duration::from_millis(2);
/// Far more than any call takes: it only tells a failure from a wait without end.
const GUARD: Duration = Duration::from_mins(1);

/// It asks for the server's health, for a computation that is small and for one that is not,
/// on one connection that stays, and for another one on a connection that it makes for that;
/// then all over again, until the attack is over.
pub(crate) struct Honest {
    phase: watch::Sender<Phase>,
    rounds: watch::Receiver<usize>,
    calls: JoinHandle<Experience>,
}

/// What attackers do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Phase {
    /// They are not there yet.
    Before,
    /// They send.
    Sending,
    /// They have sent all they can, and hold what they have.
    Holding,
    /// They may go.
    Over,
}

impl Honest {
    /// Begins to call.
    ///
    /// # Errors
    /// The server does not take its connection.
    pub(crate) async fn begin(server: Arc<Server>, answers: Arc<Answers>) -> Result<Self, String> {
        let caller = Caller::connect(server, answers).await?;
        let (phase, now) = watch::channel(Phase::Before);
        let (made, rounds) = watch::channel(0);
        let calls = tokio::spawn(call_until_over(caller, now, made));
        Ok(Self { phase, rounds, calls })
    }

    /// Tells it what attackers do from now on.
    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    /// How many rounds it has made.
    pub(crate) fn rounds(&self) -> usize {
        *self.rounds.borrow()
    }

    /// Waits until it has made so many rounds in all.
    pub(crate) async fn wait_for_rounds(&self, rounds: usize) {
        self.rounds.clone().wait_for(|made| *made >= rounds).await.ok();
    }

    /// Has it make its last round: how it went.
    ///
    /// # Errors
    /// It has panicked.
    pub(crate) async fn finish(self) -> Result<Experience, Failure> {
        self.enter(Phase::Over);
        Ok(self.calls.await?)
    }
}

/// Makes rounds of calls, and tells how many it has `made`, until attackers may go.
async fn call_until_over(
    mut caller: Caller,
    now: watch::Receiver<Phase>,
    made: watch::Sender<usize>,
) -> Experience {
    let mut experience = Experience::default();
    for round in 0.. {
        for call in Call::of_round(round) {
            let (begun, start) = (*now.borrow(), Instant::now());
            let ended = timeout(GUARD, caller.make(&call)).await;
            let ended = ended.unwrap_or_else(|_| Err("it never ended".to_owned()));
            experience.note(begun, ended.map(|()| start.elapsed()));
        }
        made.send_modify(|rounds| *rounds += 1);
        if *now.borrow() == Phase::Over {
            break;
        }
        sleep(PAUSE).await;
    }
    experience.retried = caller.retried;
    experience
}
