//! A schedule: the server's settings, what clients do and when, and what happens to the
//! server meanwhile. All of it is drawn before it begins.

use std::num::NonZero;
use std::time::Duration;

use mfn_web::Origins;

use super::client_plan::ClientPlan;
use super::dice::Dice;
use super::disk::Mood;
use super::keys::{self, KeyInFile};
use crate::config::{Config, WebSettings};

/// How seldom a server may ask whether a client is there: by then every other timeout is over.
const SELDOM: Duration = Duration::from_mins(2);

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

impl Plan {
    pub(super) fn draw(dice: &mut Dice) -> Self {
        let keys = dice.chance(80).then(|| keys::file(dice));
        let config = config(keys.as_deref(), dice);
        let may_reload = keys.is_some();
        let clients = (0..dice.between(2..=7)).map(|_| ClientPlan::draw(&mut dice.split()));
        let clients = clients.collect();
        let mut events = Vec::new();
        for _ in 0..dice.between(0..=12) {
            let (time, event) = (dice.millis(0..=8_000), Event::draw(may_reload, dice));
            // Whoever sees that a disk is full moves files away.
            let is_full = matches!(event, Event::Disk(Mood::Full(_)));
            if is_full && dice.chance(80) {
                events.push((time + dice.millis(1..=4_000), Event::Rotate(true)));
            }
            events.push((time, event));
        }
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
    let often = dice.millis(1_000..=20_000);
    let (short, long) = (dice.millis(0..=200), dice.millis(0..=6_000));
    Config {
        keys: keys.unwrap_or_default().iter().map(KeyInFile::settings).collect(),
        limits: keys::limits(dice),
        max_workers: NonZero::new(dice.between(1..=4) as usize).expect("not 0"),
        queue_depth: dice.pick(&[0, 0, 1, 1024]),
        memory_bytes: dice.pick(&[2, 8, 384]) * 1024 * 1024,
        cache_bytes: dice.pick(&[0, 1024 * 1024]),
        max_connections: dice.pick(&[2, 4, 1000]),
        max_concurrent_streams: dice.pick(&[2, 10, 1000]),
        handshake_timeout: dice.millis(50..=10_000),
        keepalive_time: dice.pick(&[often, SELDOM]),
        keepalive_timeout: dice.millis(500..=10_000),
        web: dice.chance(85).then(|| WebSettings { origins: Origins::none(), has_page: false }),
        replay_protection: dice.chance(40),
        max_connection_age: dice.chance(20).then(|| dice.millis(1_000..=10_000)),
        shutdown_grace: dice.pick(&[short, long]),
        ..Config::default()
    }
}

impl Event {
    fn draw(may_reload: bool, dice: &mut Dice) -> Self {
        let room = dice.between(0..=1_000) as usize;
        let moods = [
            Mood::Well,
            Mood::Short(200),
            Mood::Full(room),
            Mood::Unread,
            Mood::Nothing,
            Mood::Broken,
        ];
        match dice.between(0..=9) {
            0..=2 if may_reload => Self::Reload(keys::file(dice)),
            0..=5 => Self::Disk(dice.pick(&moods)),
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
