//! A schedule: the server's settings, what clients do and when, and what happens to the
//! server meanwhile. All of it is drawn before it begins.

use std::num::NonZero;
use std::time::Duration;

use super::dice::Dice;
use super::disk::Mood;
use super::keys::{self, KeyInFile, Signature};
use super::network::{DirectionPlan, LinkFault, LinkPlan};
use super::questions::{Kind, Question};
use crate::config::Config;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) config: Config,
    /// Threads of the pool that run at once, and lines of the audit that may wait.
    pub(super) slots: NonZero<usize>,
    pub(super) max_waiting_lines: usize,
    /// None if no keys are needed.
    pub(super) keys: Option<Vec<KeyInFile>>,
    pub(super) clients: Vec<ClientPlan>,
    /// What happens when, in the order of time.
    pub(super) events: Vec<(Duration, Event)>,
}

/// What happens to the server.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Reload(Vec<KeyInFile>),
    Disk(Mood),
    /// The audit's file is moved away, and the audit told to go on in another one; it can or
    /// cannot.
    Rotate(bool),
    /// The clock of the wall goes so many seconds ahead of the right time.
    SetClock(i64),
    /// What a piece of a computation takes.
    Pace(Duration),
    Shutdown,
}

/// One connection, and what is done on it.
#[derive(Clone, Debug)]
pub(super) struct ClientPlan {
    pub(super) begins: Duration,
    pub(super) link: LinkPlan,
    pub(super) kind: ClientKind,
    /// What it can be sent of one answer, and of all, before it reads.
    pub(super) window: u32,
    pub(super) calls: Vec<CallPlan>,
    pub(super) leaves: Leaves,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientKind {
    Honest,
    /// It sends so many bytes of the preface, and then nothing.
    SilentAfter(usize),
    /// It sends something else.
    Garbage,
}

/// How a client goes when its calls are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaves {
    Closes,
    /// Nothing is heard of it any more.
    Vanishes,
    /// After so long.
    ClosesLater(Duration),
}

/// One call.
#[derive(Clone, Debug)]
pub(super) struct CallPlan {
    pub(super) begins: Duration,
    pub(super) question: Question,
    pub(super) signature: Signature,
    pub(super) timeout: Option<Duration>,
    pub(super) body: BodyPlan,
    pub(super) reading: Reading,
    /// When it is reset, if it is not over by then.
    pub(super) is_left_after: Option<Duration>,
}

/// What is sent of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyPlan {
    Whole,
    /// In parts of so many bytes, with a pause after each.
    InParts(usize, Duration),
    /// So many bytes, and then nothing.
    StopsAfter(usize),
    Nothing,
    Twice,
    Garbage,
}

/// How an answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    AtOnce,
    /// Each part of it so much later.
    Slowly(Duration),
    /// Its head only.
    Never,
}

impl Plan {
    pub(super) fn draw(dice: &mut Dice) -> Self {
        let keys = dice.chance(80).then(|| keys::file(dice));
        let config = config(keys.as_deref(), dice);
        let may_reload = keys.is_some();
        let clients = (0..dice.between(2..=7)).map(|_| ClientPlan::draw(&mut dice.split()));
        let clients = clients.collect();
        let mut events: Vec<_> = (0..dice.between(0..=8))
            .map(|_| (dice.millis(0..=12_000), Event::draw(may_reload, dice)))
            .collect();
        // Most schedules have to end by themselves, so that what is left can be seen.
        if dice.chance(40) {
            let end = dice.millis(0..=8_000);
            events.retain(|(time, _)| *time < end);
            events.push((end, Event::Shutdown));
        }
        events.sort_by_key(|(time, _)| *time);
        Self {
            slots: dice.pick(&[NonZero::<usize>::MIN, NonZero::new(2).expect("not 0")]),
            max_waiting_lines: dice.pick(&[1, 4, 16, 16 * 1024]),
            config,
            keys,
            clients,
            events,
        }
    }
}

fn config(keys: Option<&[KeyInFile]>, dice: &mut Dice) -> Config {
    Config {
        keys: keys.unwrap_or_default().iter().map(KeyInFile::settings).collect(),
        limits: keys::limits(dice),
        max_workers: NonZero::new(dice.between(1..=4) as usize).expect("not 0"),
        queue_depth: dice.pick(&[0, 1, 4, 1024]),
        memory_bytes: dice.pick(&[2, 8, 384]) * 1024 * 1024,
        cache_bytes: dice.pick(&[0, 1024 * 1024]),
        max_connections: dice.pick(&[2, 4, 1000]),
        max_concurrent_streams: dice.pick(&[2, 10, 1000]),
        handshake_timeout: dice.millis(50..=10_000),
        keepalive_time: dice.millis(1_000..=20_000),
        keepalive_timeout: dice.millis(500..=10_000),
        max_connection_age: dice.chance(20).then(|| dice.millis(1_000..=10_000)),
        shutdown_grace: dice.millis(0..=6_000),
        ..Config::default()
    }
}

impl Event {
    fn draw(may_reload: bool, dice: &mut Dice) -> Self {
        const MOODS: [Mood; 6] =
            [Mood::Well, Mood::Short(200), Mood::Full, Mood::Unread, Mood::Nothing, Mood::Broken];
        match dice.between(0..=9) {
            0..=2 if may_reload => Self::Reload(keys::file(dice)),
            0..=5 => Self::Disk(dice.pick(&MOODS)),
            6 => Self::Rotate(dice.chance(80)),
            7 => Self::SetClock(dice.pick(&[0, -1, 1, -400, 400, -1_000_000_000, 86_400])),
            _ => Self::Pace(dice.pick(&[
                Duration::from_micros(20),
                Duration::from_micros(300),
                Duration::from_millis(5),
                Duration::from_millis(400),
            ])),
        }
    }
}

impl ClientPlan {
    fn draw(dice: &mut Dice) -> Self {
        let kind = match dice.between(0..=19) {
            0 => ClientKind::SilentAfter(dice.between(0..=24) as usize),
            1 => ClientKind::Garbage,
            _ => ClientKind::Honest,
        };
        let fault_percent = dice.pick(&[0, 0, 20, 60]);
        let capacity = dice.pick(&[200, 4 * 1024, 64 * 1024]);
        let mut direction = |most: u64| direction(most, fault_percent, dice);
        let link = LinkPlan { capacity, up: direction(2_000), down: direction(20_000) };
        let calls = (0..dice.between(1..=10)).map(|_| CallPlan::draw(dice)).collect();
        Self {
            begins: dice.millis(0..=6_000),
            link,
            kind,
            window: dice.pick(&[100, 5_000, 65_535, 1 << 20]),
            calls,
            leaves: match dice.between(0..=9) {
                0 => Leaves::Vanishes,
                1..=2 => Leaves::ClosesLater(dice.millis(0..=100_000)),
                _ => Leaves::Closes,
            },
        }
    }
}

fn direction(most: u64, fault_percent: u64, dice: &mut Dice) -> DirectionPlan {
    let fault = dice.chance(fault_percent).then(|| {
        let fault = match dice.between(0..=3) {
            0 => LinkFault::Reset,
            1 => LinkFault::Close,
            2 => LinkFault::Stall(dice.millis(1..=60_000)),
            _ => LinkFault::Vanish,
        };
        (dice.between(1..=most), fault)
    });
    let latency = dice.pick(&[Duration::ZERO, Duration::ZERO, Duration::from_millis(3)]);
    DirectionPlan { chunk: dice.pick(&[100, 1_400, 16 * 1024]), latency, fault }
}

impl CallPlan {
    fn draw(dice: &mut Dice) -> Self {
        let question = Question::draw(dice);
        let reading = match dice.between(0..=9) {
            0 => Reading::Never,
            1..=2 => Reading::Slowly(dice.millis(1..=3_000)),
            _ => Reading::AtOnce,
        };
        let later = dice.millis(0..=4_000);
        let lasts = question.kind == Kind::Watch || reading == Reading::Never;
        Self {
            begins: dice.pick(&[Duration::ZERO, later]),
            question,
            signature: Signature::draw(dice),
            timeout: dice.chance(35).then(|| dice.millis(0..=3_000)),
            body: match dice.between(0..=19) {
                0 => BodyPlan::StopsAfter(dice.between(0..=6) as usize),
                1 => BodyPlan::Nothing,
                2 => BodyPlan::Twice,
                3 => BodyPlan::Garbage,
                4..=6 => BodyPlan::InParts(dice.between(1..=4) as usize, dice.millis(0..=300)),
                _ => BodyPlan::Whole,
            },
            reading,
            is_left_after: (lasts || dice.chance(12)).then(|| dice.millis(0..=40_000)),
        }
    }
}
