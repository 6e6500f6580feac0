//! What a client does: how it is connected, which calls it makes, and how it leaves.

use std::time::Duration;

use super::call_plan::CallPlan;
use super::dice::Dice;
use super::network::{DirectionPlan, LinkFault, LinkPlan};

/// One connection, and what is done on it.
#[derive(Clone, Debug)]
pub(super) struct ClientPlan {
    pub(super) begins: Duration,
    pub(super) link: LinkPlan,
    pub(super) kind: ClientKind,
    /// What it can be sent of one answer, and of all, before it reads.
    pub(super) window: u32,
    /// Whether it signs all its calls at the time when it connects, so that those of one method
    /// have the same signature.
    pub(super) signs_once: bool,
    pub(super) calls: Vec<CallPlan>,
    pub(super) leaves: Leaves,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientKind {
    Honest,
    /// It speaks gRPC-Web over HTTP/1.1.
    Web,
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

impl ClientPlan {
    pub(super) fn draw(dice: &mut Dice) -> Self {
        let kind = match dice.between(0..=19) {
            0 => ClientKind::SilentAfter(dice.between(0..=24) as usize),
            1 => ClientKind::Garbage,
            2..=4 => ClientKind::Web,
            _ => ClientKind::Honest,
        };
        let fault_percent = dice.pick(&[0, 0, 20, 60]);
        let capacity = dice.pick(&[200, 4 * 1024, 64 * 1024]);
        // Most connections carry little, and are to fail all the same.
        let most_down = dice.pick(&[300, 3_000, 20_000]);
        let mut direction = |most: u64| direction(most, fault_percent, dice);
        let link = LinkPlan { capacity, up: direction(2_000), down: direction(most_down) };
        let has_room = dice.chance(95);
        let count = dice.between(1..=10);
        let call = |_| if has_room { CallPlan::draw(dice) } else { CallPlan::of_health(dice) };
        let mut calls: Vec<_> = (0..count).map(call).collect();
        if kind == ClientKind::Web {
            calls.iter_mut().for_each(CallPlan::go_by_web);
        }
        let windows = if has_room { &[100, 5_000, 65_535, 1 << 20][..] } else { &[3] };
        Self {
            begins: dice.millis(0..=6_000),
            link,
            kind,
            window: dice.pick(windows),
            signs_once: dice.chance(25),
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
            2 => LinkFault::Stall(dice.millis(1..=100_000)),
            _ => LinkFault::Vanish,
        };
        (dice.between(1..=most), fault)
    });
    let latency = dice.pick(&[Duration::ZERO, Duration::ZERO, Duration::from_millis(3)]);
    DirectionPlan { chunk: dice.pick(&[100, 1_400, 16 * 1024]), latency, fault }
}
