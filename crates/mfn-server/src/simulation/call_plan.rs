//! What a client does in one call: what it asks, what it sends of that, and how it reads what it
//! is answered.

use std::time::Duration;

use bytes::Bytes;

use super::dice::Dice;
use super::keys::Signature;
use super::questions::{Kind, Question};
use crate::prefix::put_prefix;

/// One call.
#[derive(Clone, Debug)]
pub(super) struct CallPlan {
    /// After how long.
    pub(super) begins: Duration,
    /// Whether this is counted from the end of the call before, and not from the beginning of
    /// the connection.
    pub(super) follows: bool,
    pub(super) is_by_web: bool,
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

/// How what is sent of a message is sent.
pub(super) struct SentBody {
    pub(super) parts: Vec<Bytes>,
    /// After each part.
    pub(super) pause: Duration,
    /// Whether it has an end.
    pub(super) ends: bool,
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

impl CallPlan {
    /// One that is answered without a key, and never reads that.
    pub(super) fn of_health(dice: &mut Dice) -> Self {
        let question = Question::of(Kind::Health);
        let is_left_after = dice.chance(50).then(|| dice.millis(0..=20_000));
        Self { question, reading: Reading::Never, is_left_after, ..Self::draw(dice) }
    }

    /// Over HTTP/1.1 a server cannot ask whether a client is there, so no call is made that has
    /// no end of its own.
    pub(super) fn go_by_web(&mut self) {
        self.is_by_web = true;
        if self.question.kind == Kind::Watch {
            self.question = Question::of(Kind::Health);
        }
    }

    /// What is sent of its message.
    pub(super) fn sent_body(&self) -> SentBody {
        let message = self.question.message();
        let mut framed = Vec::new();
        put_prefix(&mut framed, message.len());
        framed.extend_from_slice(&message);
        let (mut pause, mut ends) = (Duration::ZERO, true);
        let parts = match self.body {
            BodyPlan::Whole => vec![framed.into()],
            BodyPlan::InParts(bytes, between) => {
                pause = between;
                framed.chunks(bytes).map(Bytes::copy_from_slice).collect()
            }
            BodyPlan::StopsAfter(bytes) => {
                ends = false;
                framed.truncate(bytes);
                vec![framed.into()]
            }
            BodyPlan::Nothing => Vec::new(),
            BodyPlan::Twice => vec![[&framed[..], &framed[..]].concat().into()],
            BodyPlan::Garbage => vec![Bytes::from_static(&[0, 0, 0, 0, 3, 0xff, 0xff, 0xff])],
        };
        SentBody { parts, pause, ends }
    }

    pub(super) fn draw(dice: &mut Dice) -> Self {
        let question = Question::draw(dice);
        let reading = match dice.between(0..=9) {
            0 => Reading::Never,
            1..=4 if question.is_to_be_read_in_time() => Reading::Never,
            1..=2 => Reading::Slowly(dice.millis(1..=3_000)),
            _ => Reading::AtOnce,
        };
        let later = dice.millis(0..=4_000);
        let lasts = question.kind == Kind::Watch
            || reading == Reading::Never && !question.is_to_be_read_in_time();
        Self {
            begins: dice.pick(&[Duration::ZERO, later]),
            follows: dice.chance(40),
            is_by_web: false,
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
