//! What has to hold of each call by itself, as its client saw it.

use std::collections::BTreeSet;

use tokio::time::Duration;
use tonic::Code;

use super::call::{Call, Outcome};
use super::call_plan::{BodyPlan, Reading};
use super::link::LinkState;
use super::questions::Kind;
use super::server::SimulatedServer;
use super::verdict::Verdict;
use super::world::World;

/// How much younger or older connections may be that are asked to go for their age.
const AGE_JITTER: f64 = 0.1;

/// Looks at what all clients were answered.
pub(super) fn check(server: &SimulatedServer, world: &World) {
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
            Some(Outcome::Unanswered) if call.begun.is_some() && !may_be_lost(server, call) => {
                world.violated(format_args!("{id} has begun, and nothing of it is answered"));
            }
            Some(Outcome::Lost(why))
                if !may_be_lost(server, call) && !slow.contains(connection(id)) =>
            {
                world.violated(format_args!("{id} is lost without a reason: {why}"));
            }
            Some(Outcome::Status(code, reason)) => {
                let may_be_full = server.config().queue_depth < calls.len();
                let may_be = |reason: &str| match reason {
                    "QUEUE_FULL" => may_be_full,
                    "SHUTTING_DOWN" => is_cut_off(server, call),
                    "DEADLINE" => call.plan.timeout.is_some(),
                    "MESSAGE_TIMEOUT" => call.link.has_failed,
                    _ => false,
                };
                check_status(id, call, (*code, reason.as_deref()), may_be, world);
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

/// The server closes the call's connection for another, for its age or at its own end, or has no
/// place for it. Calls that have begun are let go on until the grace is over.
fn may_be_lost(server: &SimulatedServer, call: &Call) -> bool {
    let grace = match call.begun {
        Some(_) => server.config().shutdown_grace,
        None => Duration::ZERO,
    };
    let LinkState { has_failed, is_evicted, served_for } = call.link;
    let is_old = |age: Duration| {
        let youngest = age.mul_f64(1.0 - AGE_JITTER) + grace;
        served_for.is_some_and(|served_for| served_for >= youngest)
    };
    has_failed
        || is_evicted
        || served_for.is_none()
        || server.config().max_connection_age.is_some_and(is_old)
        || server.ends_since().is_some_and(|since| call.lasted_until(since + grace))
        // The server waits for no message without end.
        || matches!(call.plan.body, BodyPlan::StopsAfter(_))
}

/// Whether the call was there when a shutdown ends those that are left, or came later.
fn is_cut_off(server: &SimulatedServer, call: &Call) -> bool {
    let grace = server.config().shutdown_grace;
    server.ends_since().is_some_and(|since| call.lasted_until(since + grace))
}

/// A call that was let in and made well is answered well, unless there is a reason.
fn check_status(
    id: &str,
    call: &Call,
    (code, reason): (i32, Option<&str>),
    may_be: impl Fn(&str) -> bool,
    world: &World,
) {
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
        Some(reason) => may_be(reason),
        // Of one whose message ends too early, as over HTTP/1.1 on such a link.
        None => code == Code::Cancelled as i32 && call.link.has_failed,
    };
    if code != expected as i32 && !may_be {
        world.violated(format_args!("{id} is answered {code} {reason:?}, and not {expected:?}"));
    }
}
