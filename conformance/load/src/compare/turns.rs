//! Servers are called in turn.

use std::time::Duration;

use fastrand::Rng;

use super::cpu::CpuTimes;
use super::measured::{Measured, Round, Turn};
use super::progress::Progress;
use crate::calls::Calls;
use crate::gate::Limit;
use crate::report::Settings;
use crate::run::{Pace, Plan};
use crate::{Ending, Failure, Report, Server};

/// Fewest rounds: with fewer an interval of 99.9 % says nothing.
pub const MIN_ROUNDS: u64 = 12;
/// Most rounds.
pub const MAX_ROUNDS: u64 = 10_000;
/// Shortest turn.
pub const MIN_TURN: Duration = Duration::from_millis(10);
/// Longest turn.
pub const MAX_TURN: Duration = Duration::from_mins(10);

/// How often a turn without a call is begun.
const MAX_TRIES: u32 = 10;

/// How long servers are called, and in which order.
#[derive(Clone, Copy, Debug)]
pub struct Turns {
    /// Rounds, in each of which every server has two turns.
    pub rounds: u64,
    /// How long a turn is.
    pub length: Duration,
    /// How long each server is called before the first round.
    pub warm_up: Duration,
    /// Seed of the order in which servers are called.
    pub seed: u64,
}

/// A quarter of a minute for two servers. Many short rounds say more than few long
/// ones: what differs between rounds is the machine's mood and not the number of
/// calls.
impl Default for Turns {
    fn default() -> Self {
        Self {
            rounds: 100,
            length: Duration::from_millis(30),
            warm_up: Duration::from_secs(1),
            seed: 0,
        }
    }
}

impl Turns {
    /// Calls `servers` in turn. Each round takes them in a random order, and then in
    /// the reverse of it.
    ///
    /// # Errors
    /// What is asked for is not allowed, a server cannot be called or has ended, or
    /// more than half of its calls fail.
    pub fn measure(&self, servers: &[Server], calls: &Calls) -> Result<Measured, Failure> {
        self.check()?;
        let servers = self.rounds_of(servers, calls, &Progress::new(self.rounds))?;
        Ok(Measured { servers })
    }

    /// The rounds of each server, however few they are to be.
    ///
    /// # Errors
    /// See [`measure`](Self::measure).
    pub(super) fn rounds_of(
        &self,
        servers: &[Server],
        calls: &Calls,
        progress: &Progress,
    ) -> Result<Vec<Vec<Round>>, Failure> {
        let calls = &calls.sharing_cores();
        let plans: Vec<_> = servers
            .iter()
            .map(|server| Ok((server, calls.plan(server, pace(self.length))?)))
            .collect::<Result<_, Failure>>()?;
        for server in servers.iter().filter(|_| !self.warm_up.is_zero()) {
            progress.warm_up();
            turn(server, &calls.plan(server, pace(self.warm_up))?)?;
        }
        let mut measured = vec![Vec::new(); servers.len()];
        let mut order: Vec<usize> = (0..servers.len()).collect();
        let mut rng = Rng::with_seed(self.seed);
        for _ in 0..self.rounds {
            rng.shuffle(&mut order);
            let mut first = vec![None; servers.len()];
            for &index in &order {
                first[index] = Some(turn(plans[index].0, &plans[index].1)?);
            }
            for &index in order.iter().rev() {
                let second = turn(plans[index].0, &plans[index].1)?;
                measured[index].extend(first[index].take().map(|first| [first, second]));
            }
            progress.round();
        }
        Ok(measured)
    }

    /// Whether so many rounds and so long a turn are allowed.
    ///
    /// # Errors
    /// They are not.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if !(MIN_ROUNDS..=MAX_ROUNDS).contains(&self.rounds) {
            let rounds = self.rounds;
            return Err(Failure::Usage(format!(
                "{rounds} rounds are not allowed: {MIN_ROUNDS} to {MAX_ROUNDS} are"
            )));
        }
        if !(MIN_TURN..=MAX_TURN).contains(&self.length) {
            let length = self.length;
            return Err(Failure::Usage(format!(
                "a turn of {length:?} is not allowed: {MIN_TURN:?} to {MAX_TURN:?} is"
            )));
        }
        Ok(())
    }
}

/// In a closed loop, for so long.
fn pace(length: Duration) -> Pace {
    Pace {
        rate: None,
        ramp: Duration::ZERO,
        warm_up: Duration::ZERO,
        limit: Limit::Duration(length),
        shows_progress: false,
    }
}

/// A turn in which there were calls. On a busy machine a short one may be over before
/// any thread that calls has had a core; it is then begun again.
fn turn(server: &Server, plan: &Plan) -> Result<Turn, Failure> {
    let mut tries = 1;
    loop {
        let (report, marks) = one_try(server, plan)?;
        if report.calls > 0 || report.ending != Ending::Complete || tries == MAX_TRIES {
            return judged(server, &report, &marks);
        }
        tries += 1;
    }
}

/// What came of the calls, and the CPU times before and after them.
fn one_try(server: &Server, plan: &Plan) -> Result<(Report, Vec<Option<CpuTimes>>), Failure> {
    let mut marks = Vec::with_capacity(2);
    let outcome = plan.run_between(|| marks.push(server.pid.and_then(CpuTimes::of)))?;
    Ok((Report::new(Settings::default(), &outcome), marks))
}

fn judged(server: &Server, report: &Report, marks: &[Option<CpuTimes>]) -> Result<Turn, Failure> {
    if report.ending == Ending::Interrupted {
        return Err(Failure::CouldNotRun("it was interrupted".to_owned()));
    }
    report.judge(None).map_err(|failure| {
        Failure::Work(format!("{}: {failure}{}", server.target, report.what_to_do()))
    })?;
    let cpu_ns = match (server.pid, marks) {
        (None, _) => None,
        (Some(_), [Some(begin), Some(end)]) => Some(end.since(begin)),
        (Some(pid), _) => {
            return Err(Failure::CouldNotRun(format!(
                "the CPU time of process {pid} of {} cannot be read",
                server.target
            )));
        }
    };
    Ok(Turn::new(report, cpu_ns))
}
