//! A call as it is known from without: what its client has planned, what the server has done
//! with it, and what its client got.

use tokio::time::{Duration, Instant};

use super::call_plan::CallPlan;
use super::code_name::code_name;
use super::limits::LimitModel;
use super::link::LinkState;
use super::verdict::Verdict;

/// Timers have a resolution of a millisecond, and what they wake needs a turn.
const TIMER_RESOLUTION: Duration = Duration::from_millis(2);

/// What a client got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The call was never sent.
    NotSent,
    /// A status of gRPC, by its number, with its reason. The messages are right if it is 0.
    Status(i32, Option<String>),
    /// An answer of HTTP.
    Http(u16),
    /// The server says that it has not begun the call, which can so be made again.
    NotBegun,
    /// The connection was closed, and nothing of an answer had come: over HTTP/1.1 nobody is
    /// told whether the call had begun.
    Unanswered,
    /// The client reset it, or left.
    Left,
    /// The stream or the connection broke.
    Lost(String),
}

impl Outcome {
    /// What many have in common.
    pub(super) fn kind(&self) -> String {
        match self {
            Self::Status(code, reason) => {
                let reason = reason.as_deref().unwrap_or_default();
                format!("{} {reason}", code_name(*code)).trim_end().to_owned()
            }
            Self::Lost(_) => "Lost".to_owned(),
            other => format!("{other:?}"),
        }
    }
}

/// What is known of one call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) plan: CallPlan,
    /// Since when the server knows it, and what it was to do with it.
    pub(super) begun: Option<(Instant, Verdict)>,
    /// When its signature says that it was made, since 1970.
    pub(super) signed_at: Duration,
    /// Whether it reached a service, and how often.
    pub(super) reached: u32,
    /// Whether the transport has the head of its answer.
    pub(super) is_answered: bool,
    /// Whether nothing of its answer is left to send.
    pub(super) is_complete: bool,
    /// Since when the server has let it go.
    pub(super) ended: Option<Instant>,
    pub(super) outcome: Option<Outcome>,
    /// When its client was done with it, and how its connection was then.
    pub(super) over: Option<Instant>,
    pub(super) link: LinkState,
}

impl Call {
    /// One that its client has planned.
    pub(super) fn planned(plan: &CallPlan) -> Self {
        Self {
            plan: plan.clone(),
            begun: None,
            signed_at: Duration::ZERO,
            reached: 0,
            is_answered: false,
            is_complete: false,
            ended: None,
            outcome: None,
            over: None,
            link: LinkState::default(),
        }
    }

    /// Whether it must have a permit of `key`. What is left of an answer whose time is over has
    /// none, though the reader has not taken it yet.
    pub(super) fn holds_permit(&self, model: &LimitModel, key: &str) -> bool {
        self.may_hold_permit(model, key)
            && !self.is_complete
            && !self.is_past_deadline()
            && self.ended.is_none()
    }

    /// Whether it may have one. Who has an answer may call again at once, unless it says that
    /// the time is over: then a computation goes on until it looks whether it is to.
    pub(super) fn may_hold_permit(&self, model: &LimitModel, key: &str) -> bool {
        let Some((begun, Verdict::Admitted)) = self.begun else { return false };
        let is_answered = match &self.outcome {
            Some(Outcome::Status(_, reason)) => {
                !matches!(reason.as_deref(), Some("DEADLINE" | "SHUTTING_DOWN"))
            }
            _ => false,
        };
        self.reached > 0 && !is_answered && model.is_charged(&self.plan, begun, key)
    }

    /// Its deadline, once it has begun.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let (begun, _) = self.begun?;
        self.plan.timeout.map(|timeout| begun + timeout)
    }

    pub(super) fn is_past_deadline(&self) -> bool {
        self.deadline().is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Whether it was over at this time or later.
    pub(super) fn lasted_until(&self, time: Instant) -> bool {
        self.over.is_some_and(|over| over >= time)
    }

    /// Whether it was open at this time, and has had a timer's time since to end.
    pub(super) fn was_to_end_at(&self, time: Option<Instant>) -> bool {
        let begun = self.begun.map(|(begun, _)| begun);
        time.zip(begun).is_some_and(|(time, begun)| begun < time && is_past(time))
    }
}

/// Whether a timer has told all that it is this time.
fn is_past(time: Instant) -> bool {
    Instant::now() > time + TIMER_RESOLUTION
}
