//! What a client does: how it is connected, and what calls it makes, well or badly.

use std::time::Duration;

use super::dice::Dice;
use super::keys::Signature;
use super::network::{DirectionPlan, LinkFault, LinkPlan};
use super::questions::{Kind, Question};

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
    /// After how long.
    pub(super) begins: Duration,
    /// Whether this is counted from the end of the call before, and not from the beginning of
    /// the connection.
    pub(super) follows: bool,
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
    /// As much as comes without room being made for more.
    Never,
}

impl ClientPlan {
    pub(super) fn draw(dice: &mut Dice) -> Self {
        let kind = match dice.between(0..=19) {
            0 => ClientKind::SilentAfter(dice.between(0..=24) as usize),
            1 => ClientKind::Garbage,
            _ => ClientKind::Honest,
        };
        let fault_percent = dice.pick(&[0, 0, 20, 60]);
        let capacity = dice.pick(&[200, 4 * 1024, 64 * 1024]);
        let mut direction = |most: u64| direction(most, fault_percent, dice);
        let link = LinkPlan { capacity, up: direction(2_000), down: direction(20_000) };
        let has_room = dice.chance(95);
        let count = dice.between(1..=10);
        let call = |_| if has_room { CallPlan::draw(dice) } else { CallPlan::of_health(dice) };
        let calls = (0..count).map(call).collect();
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

impl CallPlan {
    /// One that is answered without a key, and never reads that.
    fn of_health(dice: &mut Dice) -> Self {
        let question = Question::of(Kind::Health);
        let is_left_after = dice.chance(50).then(|| dice.millis(0..=20_000));
        Self { question, reading: Reading::Never, is_left_after, ..Self::draw(dice) }
    }

    fn draw(dice: &mut Dice) -> Self {
        let question = Question::draw(dice);
        let reading = match dice.between(0..=9) {
            0 => Reading::Never,
            1..=2 => Reading::Slowly(dice.millis(1..=3_000)),
            _ => Reading::AtOnce,
        };
        let later = dice.millis(0..=4_000);
        let lasts = question.kind == Kind::Watch
            || reading == Reading::Never && !question.is_to_be_read_in_time();
        Self {
            begins: dice.pick(&[Duration::ZERO, later]),
            follows: dice.chance(40),
            question,
            signature: Signature::draw(dice),
            timeout: match dice.between(0..=19) {
                0 => Some(Duration::ZERO),
                1..=6 => Some(dice.millis(0..=3_000)),
                _ => None,
            },
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
