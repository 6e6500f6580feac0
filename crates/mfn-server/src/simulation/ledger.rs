//! What is known of each call from without: what its client has planned, what the model of
//! the limits says of it, when the server began it, let it in and ended it, and what its
//! client was answered.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::{Duration, Instant};

use super::code_name::code_name;
use super::limits::{LimitModel, Verdict};
use super::plan::{BodyPlan, CallPlan};
use super::world::World;

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
    /// Whether it reached a service, and how often.
    pub(super) reached: u32,
    /// Since when nothing of its answer is left to send.
    pub(super) is_complete: bool,
    /// Since when the server has let it go.
    pub(super) ended: Option<Instant>,
    pub(super) outcome: Option<Outcome>,
    /// Whether its link had failed when it was over.
    pub(super) link_has_failed: bool,
}

impl Call {
    /// Whether it has a permit of `key`, at least.
    fn holds_permit(&self, model: &LimitModel, key: &str) -> bool {
        let Some((begun, Verdict::Admitted)) = self.begun else { return false };
        self.reached > 0
            && !self.is_complete
            && self.ended.is_none()
            && model.is_charged(&self.plan, begun, key)
    }
}

/// See the module.
#[derive(Clone)]
pub(super) struct Ledger(Arc<Mutex<State>>);

struct State {
    calls: BTreeMap<String, Call>,
    model: LimitModel,
    world: World,
    /// Whether the server has ended, so that no call may begin.
    is_closed: bool,
}

impl Ledger {
    pub(super) fn new(model: LimitModel, world: &World) -> Self {
        let state = State { calls: BTreeMap::new(), model, world: world.clone(), is_closed: false };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Changes the model of the limits.
    pub(super) fn change_model(&self, change: impl FnOnce(&mut LimitModel)) {
        change(&mut self.state().model);
    }

    /// No call may begin any more.
    pub(super) fn is_closed(&self) {
        self.state().is_closed = true;
    }

    /// A client is about to make this call.
    pub(super) fn plans(&self, id: &str, plan: &CallPlan) {
        let call = Call {
            plan: plan.clone(),
            begun: None,
            reached: 0,
            is_complete: false,
            ended: None,
            outcome: None,
            link_has_failed: false,
        };
        self.state().calls.insert(id.to_owned(), call);
    }

    /// The server begins the call, whose signature says this time since 1970.
    pub(super) fn begins(&self, id: &str, timestamp: Duration) {
        let state = &mut *self.state();
        let State { calls, model, world, is_closed } = state;
        let Some(call) = calls.get_mut(id) else {
            return world.violated(format_args!("nobody made the call {id}"));
        };
        if *is_closed {
            world.violated(format_args!("{id} has begun after the end of the server"));
        }
        if call.begun.is_some() {
            world.violated(format_args!("{id} has begun twice"));
        }
        let key = model.key_of(&call.plan);
        let plan = call.plan.clone();
        let open = calls.values().filter(|call| call.holds_permit(model, key)).count();
        let verdict = model.decide(&plan, timestamp, open, world);
        world.notes(format_args!("{id} begins: {verdict:?}"));
        if let Some(call) = calls.get_mut(id) {
            call.begun = Some((Instant::now(), verdict));
        }
    }

    /// The call has reached a service.
    pub(super) fn reaches(&self, id: &str) {
        self.with(id, |call, world| {
            call.reached += 1;
            if call.reached > 1 {
                world.violated(format_args!("{id} has reached a service twice"));
            }
        });
    }

    /// The layers have decided on the call: they are to have decided as the model did.
    pub(super) fn is_decided(&self, id: &str) {
        let state = &mut *self.state();
        let State { calls, model, world, .. } = state;
        let Some(call) = calls.get(id) else { return };
        let Some((_, verdict)) = call.begun else { return };
        let is_let_in = call.reached > 0;
        if is_let_in != verdict.is_let_in() {
            let what = if is_let_in { "let in" } else { "refused" };
            world.violated(format_args!("{id} is {what}, and the model says {verdict:?}"));
        }
        if is_let_in {
            model.charge(&call.plan);
        }
    }

    /// Something of the answer is handed to the transport: its head, or data.
    pub(super) fn sends(&self, id: &str, what: &str, is_ok: bool) {
        self.with(id, |call, world| {
            let Some((begun, _)) = call.begun else { return };
            let Some(timeout) = call.plan.timeout else { return };
            // Timers have a resolution of a millisecond.
            let late = begun + timeout + Duration::from_millis(2);
            if is_ok && Instant::now() > late {
                world.violated(format_args!("{id}: {what} after its deadline"));
            }
        });
    }

    /// The same of data, and of the trailers of an answer that is OK.
    pub(super) fn sends_data(&self, id: &str) {
        let is_streamed =
            |call: &Call| call.plan.question.is_streamed() && call.plan.body != BodyPlan::Nothing;
        let is_watched = self.state().calls.get(id).is_some_and(is_streamed);
        self.sends(id, "a stream goes on", is_watched);
    }

    /// Nothing of the answer is left to be sent.
    pub(super) fn completes(&self, id: &str) {
        self.with(id, |call, _| call.is_complete = true);
    }

    /// The server has let go of the call.
    pub(super) fn ends(&self, id: &str) {
        self.with(id, |call, world| {
            world.notes(format_args!("{id} ends"));
            if call.ended.replace(Instant::now()).is_some() {
                world.violated(format_args!("{id} has ended twice"));
            }
        });
    }

    /// The client is done with the call.
    pub(super) fn is_over(&self, id: &str, outcome: Outcome, link_has_failed: bool) {
        self.with(id, |call, world| {
            world.notes(format_args!("{id} is over: {outcome:?}"));
            call.outcome = Some(outcome);
            call.link_has_failed = link_has_failed;
        });
    }

    /// The calls that the server has begun and not ended.
    pub(super) fn open(&self) -> Vec<String> {
        let is_open = |call: &Call| call.begun.is_some() && call.ended.is_none();
        let state = self.state();
        let open = state.calls.iter().filter(|(_, call)| is_open(call));
        open.map(|(id, _)| id.clone()).collect()
    }

    pub(super) fn calls(&self) -> BTreeMap<String, Call> {
        self.state().calls.clone()
    }

    fn with(&self, id: &str, change: impl FnOnce(&mut Call, &World)) {
        let state = &mut *self.state();
        if let Some(call) = state.calls.get_mut(id) {
            change(call, &state.world);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
