//! What has to hold when nothing is under way any more: whatever was taken was given back.

use std::sync::Arc;

use mfn_access::Key;

use super::server::SimulatedServer;
use super::world::World;

/// Looks at all that is counted, of a server whose `callers` are all gone.
pub(super) fn check(server: &SimulatedServer, callers: &[Arc<Key>], world: &World) {
    let is_zero = |what: &str, count: u64| {
        if count != 0 {
            world.violated(format_args!("at rest there are {count} {what}"));
        }
    };
    for key in callers {
        is_zero(&format!("open calls of the key {}", key.id()), key.open_calls().into());
    }
    let load = server.compute.load();
    is_zero("computations that run", load.running as u64);
    is_zero("calls that wait to be computed", load.waiting as u64);
    is_zero("computations that wait for memory", load.waiting_for_memory as u64);
    is_zero("bytes of the budget that are held", server.memory.held() as u64);
    is_zero("calls that are counted as open", server.metrics.totals().open as u64);
    is_zero("connections", server.connections.len() as u64);
    is_zero("calls that the server has not let go", server.ledger.open().len() as u64);
    is_zero("tasks of the server", world.tasks_of_server() as u64);
    // The end of a server waits for its audit for a moment only.
    if server.has_ended() {
        return;
    }
    is_zero("lines that are not written", server.unwritten.lines() as u64);
    is_zero("calls that are not written", server.unwritten.calls());
    if server.unwritten.is_stalled() {
        world.violated("at rest the audit refuses calls, though all is written");
    }
}
