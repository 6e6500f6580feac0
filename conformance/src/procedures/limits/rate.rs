//! The rate of a key, under calls at random times.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use tokio::time::sleep;

use super::record::Record;
use super::{Decision, key};
use crate::check::CheckResult;
use crate::procedures::Context;
use crate::procedures::calls::{small, with_key};
use crate::procedures::chance::Chance;
use crate::procedures::session::{Called, Session};

/// How long calls are made by chance.
const CHANCE_LASTS: Duration = Duration::from_millis(700);
/// Between two calls of a full rate, at most, in milliseconds.
const PROBE_MS: u64 = 20;

/// After one call, the rest of a rate comes so late that it is near its second's end.
const LATE: Duration = Duration::from_millis(850);
/// How long calls go on then.
const LATE_LASTS: Duration = Duration::from_millis(300);

/// Calls with one key, by several connections and by one or several secrets.
struct Load<'a> {
    sessions: Vec<Session<'a>>,
    keys: std::ops::Range<usize>,
    limit: usize,
    record: Record,
    chance: Chance,
}

/// Fills the rate and calls until one more is admitted; fills it late, and calls on;
/// and then makes random bursts.
pub(in crate::procedures) async fn check(context: &Context<'_>) -> CheckResult {
    let key = key(context).await?;
    let mut load = Load {
        sessions: context.sessions(context.number("connections")?).await?,
        keys: key..key + context.number("secrets")? as usize,
        limit: context.number("limit")? as usize,
        record: Record::default(),
        chance: Chance::new(context),
    };
    let checked = load.run().await;
    load.chance.told(checked)
}

impl Load<'_> {
    async fn run(&mut self) -> CheckResult {
        self.fill_and_wait().await?;
        self.fill_late().await?;
        let start = Instant::now();
        while start.elapsed() < CHANCE_LASTS {
            let pause = self.pause();
            sleep(pause).await;
            self.random_calls().await?;
        }
        self.record.check(self.limit)
    }

    /// A window that does not slide lets a call pass too soon here.
    async fn fill_and_wait(&mut self) -> CheckResult {
        for _ in 0..self.limit {
            self.one_call().await?;
        }
        while self.one_call().await? != Decision::Admitted {
            // A refusal more than a second after the last call that was admitted does not
            // pass, so this comes to an end.
            self.record.check(self.limit)?;
            self.short_pause().await;
        }
        Ok(())
    }

    /// The call before this opened a second. A window that begins with its first call
    /// ends here with nearly all of its calls at its end, and forgets them.
    async fn fill_late(&mut self) -> CheckResult {
        sleep(LATE).await;
        for _ in 1..self.limit {
            self.one_call().await?;
        }
        let start = Instant::now();
        while start.elapsed() < LATE_LASTS {
            self.one_call().await?;
            self.short_pause().await;
        }
        self.record.check(self.limit)
    }

    async fn short_pause(&mut self) {
        let pause = self.chance.rng.u64(1..=PROBE_MS);
        sleep(Duration::from_millis(pause)).await;
    }

    /// Short ones, and some so long that the rate is not full after them.
    fn pause(&mut self) -> Duration {
        let rng = &mut self.chance.rng;
        Duration::from_millis(if rng.u8(..10) < 3 { rng.u64(100..500) } else { rng.u64(..60) })
    }

    /// One after the other, or all at once, which shows whether two of them can take
    /// the last that is free.
    async fn random_calls(&mut self) -> CheckResult {
        let rng = &mut self.chance.rng;
        let count = if rng.bool() { 1 } else { rng.usize(1..=self.limit * 2) };
        if rng.bool() {
            for _ in 0..count {
                self.one_call().await?;
            }
            return Ok(());
        }
        let choices: Vec<_> = (0..count).map(|_| self.choice()).collect();
        let calls = choices.into_iter().map(|(session, key)| call(&self.sessions[session], key));
        for called in try_join_all(calls).await? {
            self.record.add(&called)?;
        }
        Ok(())
    }

    async fn one_call(&mut self) -> CheckResult<Decision> {
        let (session, key) = self.choice();
        let called = call(&self.sessions[session], key).await?;
        self.record.add(&called)
    }

    fn choice(&mut self) -> (usize, usize) {
        let rng = &mut self.chance.rng;
        (rng.usize(..self.sessions.len()), rng.usize(self.keys.clone()))
    }
}

async fn call(session: &Session<'_>, key: usize) -> CheckResult<Called> {
    session.call(&with_key(key, small())).await
}
