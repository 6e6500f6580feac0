//! What has to hold of each call by itself, as its client saw it.

use std::collections::BTreeSet;

use tonic::Code;

use super::call::{Call, Outcome};
use super::call_plan::{BodyPlan, Reading};
use super::questions::Kind;
use super::server::SimulatedServer;
use super::verdict::Verdict;
use super::world::World;

/// Looks at what all clients were answered.
pub(super) fn check(server: &SimulatedServer, world: &World) {
    let closed = server.connections_without_place();
    let calls = server.ledger.calls();
    // What one answer leaves unread of a connection's window, all others of it lack.
    let is_slow = |call: &Call| call.plan.reading != Reading::AtOnce;
    let slow: BTreeSet<_> =
        calls.iter().filter(|(_, call)| is_slow(call)).map(|(id, _)| connection(id)).collect();
    for (id, call) in &calls {
        if call.begun.is_some() && call.ended.is_none() {
            world.violated(format_args!("{id} has begun, and has no end"));
        }
        match &call.outcome {
            None => world.violated(format_args!("the client of {id} has no end")),
            Some(Outcome::NotBegun) if call.begun.is_some() => {
                world.violated(format_args!("{id} has begun, and its client was told that not"));
            }
            Some(Outcome::Unanswered)
                if call.begun.is_some() && !may_be_lost(server, call, closed) =>
            {
                world.violated(format_args!("{id} has begun, and nothing of it is answered"));
            }
            Some(Outcome::Lost(why))
                if !may_be_lost(server, call, closed) && !slow.contains(connection(id)) =>
            {
                world.violated(format_args!("{id} is lost without a reason: {why}"));
            }
            Some(Outcome::Status(code, reason)) => {
                check_status(id, call, (*code, reason.as_deref()), world);
            }
            Some(Outcome::Http(_)) if call.plan.question.kind != Kind::NotGrpc => {
                world.violated(format_args!("{id} is gRPC, and is answered otherwise"));
            }
            _ => {}
        }
    }
}

/// The connection of a call, by its name.
fn connection(id: &str) -> &str {
    id.split_once('-').map_or(id, |(connection, _)| connection)
}

/// The server resets what nobody reads, and closes connections for others or at its end.
fn may_be_lost(server: &SimulatedServer, call: &Call, closed: u64) -> bool {
    call.link_has_failed
        || server.has_ended_early()
        || closed > 0
        || server.has_aged_connections()
        // The server waits for no message without end.
        || matches!(call.plan.body, BodyPlan::StopsAfter(_))
}

/// A call that was let in and made well is answered well, unless there is a reason.
fn check_status(id: &str, call: &Call, (code, reason): (i32, Option<&str>), world: &World) {
    let Some((_, verdict)) = call.begun else {
        return world.violated(format_args!("{id} is answered, and was not begun"));
    };
    let is_well = call.plan.body == BodyPlan::Whole
        || matches!(call.plan.body, BodyPlan::InParts(..)) && call.plan.timeout.is_none();
    if !is_well || verdict != Verdict::Admitted {
        return;
    }
    let expected = match call.plan.question.kind {
        Kind::Impossible => Code::InvalidArgument,
        Kind::UnknownMethod => Code::Unimplemented,
        _ => Code::Ok,
    };
    let may_be = match reason {
        Some("QUEUE_FULL" | "SHUTTING_DOWN" | "COST_TOO_HIGH") => true,
        Some("DEADLINE") => call.plan.timeout.is_some(),
        Some("MESSAGE_TIMEOUT") => call.link_has_failed,
        // Of one whose message ends too early, as over HTTP/1.1 on such a link.
        None if code == Code::Cancelled as i32 => call.link_has_failed,
        _ => false,
    };
    if code != expected as i32 && !may_be {
        world.violated(format_args!("{id} is answered {code} {reason:?}, and not {expected:?}"));
    }
}
