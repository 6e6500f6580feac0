//! Runs one schedule, from the start of a server to its end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use mfn_access::{KeySettings, Limits, Secret};
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep, sleep_until};

use super::call::Call;
use super::client::Client;
use super::dice::Dice;
use super::disk::{Disk, Mood};
use super::keys::KeyInFile;
use super::panics;
use super::plan::{Event, Plan};
use super::sabotage::Sabotage;
use super::server::SimulatedServer;
use super::world::{Told, World};
use super::{audit_check, call_check, rest_check};
use crate::wall_clock::simulated as wall_clock;

/// The right time when a simulation begins.
const BEGIN: Duration = Duration::from_secs(1_700_000_000);
/// After so long without anything to do nothing is left of what clients have done: longer
/// than every timeout of the server.
const REST: Duration = Duration::from_secs(150);

/// What came of one schedule.
pub(super) struct Ran {
    pub(super) told: Told,
    /// How many calls there were of each kind: by what was to become of them, and by what
    /// their clients got.
    pub(super) calls: BTreeMap<String, u64>,
    /// How much time has passed in it.
    pub(super) simulated: Duration,
}

/// Runs the schedule of this `seed`.
pub(super) fn run(seed: u64, sabotage: Sabotage) -> Ran {
    // Ids of calls and the ages of connections are drawn from these.
    fastrand::seed(seed);
    panics::watch();
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(run_paused(seed, sabotage))
}

async fn run_paused(seed: u64, sabotage: Sabotage) -> Ran {
    let begun = Instant::now();
    let right_time = SystemTime::UNIX_EPOCH + BEGIN;
    wall_clock::set(right_time);
    let plan = Plan::draw(&mut Dice::new(seed));
    let world = World::new();
    let disk = Disk::new(&world, sabotage);
    let mut schedule = Schedule {
        server: SimulatedServer::start(&plan, &disk, &world, sabotage),
        right_time: (right_time, begun),
        callers: Vec::new(),
        disk,
        world,
        sabotage,
    };
    schedule.callers.extend(schedule.server.access.callers());
    schedule.play(&plan).await;
    let Schedule { server, disk, world, .. } = schedule;
    audit_check::check(&server, &disk, &world);
    call_check::check(&server, &world);
    for panic in panics::take() {
        world.violated(format_args!("a task panics: {panic}"));
    }
    let calls = count(server.ledger.calls().values());
    Ran { told: world.into_told(), calls, simulated: begun.elapsed() }
}

fn count<'a>(calls: impl Iterator<Item = &'a Call>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for call in calls {
        let client = if call.plan.is_by_web { "client of the web" } else { "client" };
        let kinds = [
            call.begun.map(|(_, verdict)| format!("call: {verdict:?}")),
            call.outcome.as_ref().map(|outcome| format!("{client}: {}", outcome.kind())),
        ];
        for kind in kinds.into_iter().flatten() {
            *counts.entry(kind).or_default() += 1;
        }
    }
    counts
}

struct Schedule {
    server: SimulatedServer,
    disk: Disk,
    world: World,
    sabotage: Sabotage,
    right_time: (SystemTime, Instant),
    /// All keys that there ever were, as the server has them.
    callers: Vec<Arc<mfn_access::Key>>,
}

impl Schedule {
    async fn play(&mut self, plan: &Plan) {
        let clients = plan.clients.iter().enumerate();
        let clients = clients.map(|(number, client)| {
            let client = Client {
                number,
                plan: Arc::new(client.clone()),
                ledger: self.server.ledger.clone(),
                world: self.world.clone(),
                right_time: self.right_time,
                has_signed_at: None,
            };
            self.world.spawn(client.run(self.server.port.clone()))
        });
        let clients: Vec<_> = clients.collect();
        let (_, begun) = self.right_time;
        for (time, event) in &plan.events {
            sleep_until(begun + *time).await;
            self.happens(event).await;
        }
        // Or else nobody would be answered any more.
        if self.sabotage != Sabotage::LosesLines {
            self.disk.is_in(Mood::Well);
        }
        self.server.clock.set_pace(Duration::from_micros(300));
        for client in clients {
            client.await.expect("no panic");
        }
        sleep(REST).await;
        rest_check::check(&self.server, &self.callers, &self.world);
        self.server.shut_down().await;
    }

    async fn happens(&mut self, event: &Event) {
        self.world.notes(format_args!("event: {event:?}"));
        match event {
            Event::Reload(file) => self.reload(file),
            Event::Disk(mood) => self.disk.is_in(*mood),
            Event::Rotate(can_be) => {
                self.world.injects("disk: file moved away");
                self.disk.can_be_reopened(*can_be);
                self.server.reopen_audit_log();
            }
            Event::SetClock(ahead) => {
                self.world.injects("clock: set");
                let (time, at) = self.right_time;
                let right = time + at.elapsed();
                let ahead_by = Duration::from_secs(ahead.unsigned_abs());
                let shown = if *ahead < 0 { right - ahead_by } else { right + ahead_by };
                wall_clock::set(shown);
            }
            Event::Pace(piece) => {
                self.world.injects("worker: another pace");
                self.server.clock.set_pace(*piece);
            }
            Event::Shutdown => self.server.shut_down().await,
        }
    }

    fn reload(&mut self, file: &[KeyInFile]) {
        self.world.injects("keys: reload");
        let access = &self.server.access;
        if self.sabotage == Sabotage::ForgetsCharges {
            let secret = Secret::new("of-a-file-in-between").expect("a secret");
            let between = KeySettings::bare(secret, Limits::default());
            access.replace_keys(vec![between]).expect("one key");
        }
        let settings = file.iter().map(KeyInFile::settings).collect();
        access.replace_keys(settings).expect("the keys go together");
        self.callers.extend(access.callers());
        self.server.ledger.change_model(|model| model.replace_keys(file));
    }
}
