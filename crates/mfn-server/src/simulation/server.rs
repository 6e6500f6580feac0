//! The server of a simulation: all of its parts but the sockets and the threads, put
//! together as `server/parts` does it, and ended as `server` does.

use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::task::TaskTracker;
use tower::Layer as _;

use super::acceptor::{Port, SimulatedAcceptor};
use super::disk::Disk;
use super::ledger::Ledger;
use super::limits::LimitModel;
use super::plan::Plan;
use super::sabotage::Sabotage;
use super::watched::{Innermost, Outermost};
use super::world::World;
use crate::access::Access;
use crate::audit::{Audit, Sink, Unwritten};
use crate::cache::AnswerCache;
use crate::compute::{Compute, PoolSize, SimulatedClock};
use crate::config::Config;
use crate::connection::{Connections, Handshakes};
use crate::free_calls::FreeCalls;
use crate::memory::{Budget, StreamMemory};
use crate::memory_bound;
use crate::metrics::{ConnectionCounts, MethodTable, Metrics};
use crate::readiness::Readiness;
use crate::services::{Resources, served, services};
use crate::shutdown::{LAST_LINES, Phases};
use crate::stack::stack;
use crate::web::{self, CallData, Described};

/// See the module.
pub(super) struct SimulatedServer {
    pub(super) access: Arc<Access>,
    pub(super) memory: Budget,
    pub(super) compute: Compute,
    pub(super) metrics: Arc<Metrics>,
    pub(super) clock: Arc<SimulatedClock>,
    pub(super) unwritten: Unwritten,
    pub(super) ledger: Ledger,
    pub(super) connections: TaskTracker,
    pub(super) port: Port,
    config: Config,
    phases: Phases,
    readiness: Arc<Readiness>,
    world: World,
    /// None once the server has ended.
    running: Option<Running>,
    /// When it was told to end.
    ends_since: Option<Instant>,
}

/// What runs beside the connections.
struct Running {
    audit: Audit,
    writer: JoinHandle<()>,
    watch: JoinHandle<()>,
    acceptor: JoinHandle<()>,
}

impl SimulatedServer {
    /// Starts a server whose audit is written to `disk`.
    pub(super) fn start(plan: &Plan, disk: &Disk, world: &World, sabotage: Sabotage) -> Self {
        let mut config = plan.config.clone();
        sabotage.config(&mut config);
        let access = Arc::new(Access::new(&config).expect("the keys go together"));
        let sink = Sink::Other(Box::new(disk.clone()));
        let (audit, writer) = Audit::simulated(sink, plan.max_waiting_lines);
        let unwritten = writer.unwritten.clone();
        let judges = (Arc::clone(&access), unwritten.clone());
        let model = LimitModel::new(plan.keys.as_deref(), &plan.config, judges);
        let ledger = Ledger::new(model, world);
        let memory = Budget::with_cache(config.memory_bytes, config.cache_bytes);
        let clock = Arc::new(SimulatedClock::new());
        let compute = compute(&config, plan.slots, &memory, &clock, world);
        let (readiness, state) = Readiness::new();
        let inner = services(Resources {
            compute: compute.clone(),
            cache: AnswerCache::new(&memory),
            max_message_bytes: config.max_message_bytes,
            reflection: config.reflection,
            state,
        });
        let counts = Arc::<ConnectionCounts>::default();
        let metrics = Arc::new(Metrics::new(MethodTable::of(&served(true)), Arc::clone(&counts)));
        let counters = Some(metrics.of_a_thread());
        let phases = Phases::default();
        let inner = Innermost { inner, ledger: ledger.clone(), sabotage };
        let recorded = (Some(audit.clone()), counters.clone());
        let inner = stack::<_, CallData>(inner, &access, recorded, sabotage.cut_off(&phases));
        let service = Outermost { inner, ledger: ledger.clone(), sabotage };
        let service = web::layer(&config, Described::MFN).layer(service);
        let uncharged = (FreeCalls::default(), StreamMemory::new(memory.clone()));
        let handshakes = Handshakes::new(&config, None);
        let recorded = Some(audit.clone());
        let served_by =
            Connections::new(&config, handshakes, phases.clone(), recorded, uncharged, service)
                .with_counters(counters);
        let connections = TaskTracker::new();
        let places = memory_bound::connections(&config);
        let (port, acceptor) =
            SimulatedAcceptor::new(places, &memory, &counts, &connections, world);
        let readiness = Arc::new(readiness);
        let running = Running {
            writer: world.spawn(writer.run()),
            watch: world.spawn(watch(audit.clone(), Arc::clone(&readiness), world.clone())),
            acceptor: world.spawn(acceptor.run(served_by, phases.clone(), sabotage)),
            audit,
        };
        readiness.begin();
        Self {
            access,
            memory,
            compute,
            metrics,
            clock,
            unwritten,
            ledger,
            connections,
            port,
            config: plan.config.clone(),
            phases,
            readiness,
            world: world.clone(),
            running: Some(running),
            ends_since: None,
        }
    }

    /// The audit's file was moved away.
    pub(super) fn reopen_audit_log(&self) {
        self.running.as_ref().inspect(|running| running.audit.downgrade().reopen());
    }

    /// When it was told to end.
    pub(super) fn ends_since(&self) -> Option<Instant> {
        self.ends_since
    }

    pub(super) fn has_ended(&self) -> bool {
        self.running.is_none()
    }

    /// What it was told, as the schedule has it.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// Ends it, as a signal does, if it has not ended.
    pub(super) async fn shut_down(&mut self) {
        let Some(Running { audit, mut writer, watch, acceptor }) = self.running.take() else {
            return;
        };
        self.world.notes("the shutdown begins");
        let grace = self.config.shutdown_grace;
        let begun = Instant::now();
        self.ends_since = Some(begun);
        let end_by = begun + grace + LAST_LINES;
        self.ledger.are_cut_off_at(begun + grace);
        self.readiness.end();
        self.phases.go_through(grace, &self.connections).await;
        let took = begun.elapsed();
        self.world.notes("the shutdown is over");
        // Half a second after the grace the process ends.
        if took > grace + LAST_LINES {
            self.world
                .violated(format_args!("the shutdown took {took:?}, of a grace of {grace:?}"));
        }
        acceptor.await.expect("no panic");
        // What is told to close needs a turn for it.
        sleep(Duration::from_millis(2)).await;
        self.ledger.is_closed();
        let open = self.ledger.open();
        if !open.is_empty() || !self.connections.is_empty() {
            let connections = self.connections.len();
            self.world.violated(format_args!(
                "{connections} connections and the calls {open:?} are open after the shutdown"
            ));
        }
        watch.abort();
        watch.await.ok();
        drop(audit);
        if timeout_at(end_by, &mut writer).await.is_err() {
            self.world.notes("the audit is given up");
            self.unwritten.give_up();
            writer.await.expect("no panic");
        }
    }
}

/// What computes, and its workers, which are tasks.
fn compute(
    config: &Config,
    slots: NonZero<usize>,
    memory: &Budget,
    clock: &Arc<SimulatedClock>,
    world: &World,
) -> Compute {
    let (workers, queue_depth) = (config.max_workers, config.queue_depth);
    let size = PoolSize { workers, cores: slots, queue_depth };
    let (compute, workers) = Compute::simulated(size, memory, clock);
    for worker in workers {
        world.spawn(worker);
    }
    compute
}

async fn watch(audit: Audit, readiness: Arc<Readiness>, world: World) {
    let tell = |is_stalled| {
        world.notes(format_args!("the audit is stalled: {is_stalled}"));
        readiness.audit_is_stalled(is_stalled);
    };
    audit.watch(tell).await;
}
