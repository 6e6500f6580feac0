//! What is known of each call from without: what its client has planned, what the model of
//! the limits says of it, when the server began it, let it in and ended it, and what its
//! client was answered.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::{Duration, Instant};

use super::call::{Call, Outcome};
use super::call_plan::{BodyPlan, CallPlan};
use super::limits::LimitModel;
use super::link::LinkState;
use super::verdict::Verdict;
use super::world::World;

/// See the module.
#[derive(Clone)]
pub(super) struct Ledger(Arc<Mutex<State>>);

struct State {
    calls: BTreeMap<String, Call>,
    model: LimitModel,
    world: World,
    /// Whether the server has ended, so that no call may begin.
    is_closed: bool,
    /// When a shutdown ends the calls that are open.
    cut_off: Option<Instant>,
}

impl Ledger {
    pub(super) fn new(model: LimitModel, world: &World) -> Self {
        let (calls, world) = (BTreeMap::new(), world.clone());
        let state = State { calls, model, world, is_closed: false, cut_off: None };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Changes the model of the limits.
    pub(super) fn change_model(&self, change: impl FnOnce(&mut LimitModel)) {
        change(&mut self.state().model);
    }

    /// A shutdown has begun, which ends the calls that are open then.
    pub(super) fn are_cut_off_at(&self, time: Instant) {
        self.state().cut_off = Some(time);
    }

    /// No call may begin any more.
    pub(super) fn is_closed(&self) {
        self.state().is_closed = true;
    }

    /// A client is about to make this call.
    pub(super) fn plans(&self, id: &str, plan: &CallPlan) {
        self.state().calls.insert(id.to_owned(), Call::planned(plan));
    }

    /// The server begins the call, whose signature says this time since 1970.
    pub(super) fn begins(&self, id: &str, timestamp: Duration) {
        let state = &mut *self.state();
        let State { calls, model, world, is_closed, .. } = state;
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
        let most = calls.values().filter(|call| call.may_hold_permit(model, key)).count();
        let verdict = model.decide(&plan, timestamp, open as u32..=most as u32, world);
        world.notes(format_args!("{id} begins: {verdict:?}"));
        if let Some(call) = calls.get_mut(id) {
            call.begun = Some((Instant::now(), verdict));
            call.signed_at = timestamp;
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
        let Some(call) = calls.get_mut(id) else { return };
        let Some((_, verdict)) = &mut call.begun else { return };
        let is_let_in = call.reached > 0;
        if *verdict == Verdict::MayBeReplayed {
            *verdict = if is_let_in { Verdict::Admitted } else { return };
        }
        if is_let_in != verdict.is_let_in() {
            let what = if is_let_in { "let in" } else { "refused" };
            world.violated(format_args!("{id} is {what}, and the model says {verdict:?}"));
        }
        if is_let_in {
            model.charge(&call.plan, call.signed_at);
        }
    }

    /// The head of the answer is handed to the transport. It promises an answer if it `is_ok`.
    pub(super) fn answers(&self, id: &str, is_ok: bool) {
        let cut_off = self.state().cut_off;
        self.with(id, |call, world| {
            call.is_answered = true;
            // No timer is needed to look whether a deadline has passed.
            if is_ok && call.is_past_deadline() {
                world.violated(format_args!("{id}: an answer begins after its deadline"));
            }
            // A connection of HTTP/1.1 that waits for the audit waits with its call.
            if !call.plan.is_by_web && call.was_to_end_at(cut_off) {
                world.violated(format_args!("{id} is not told in time that the server ends"));
            }
        });
    }

    /// The same of data, and of the trailers of an answer that is OK.
    pub(super) fn sends_data(&self, id: &str) {
        let cut_off = self.state().cut_off;
        self.with(id, |call, world| {
            let is_streamed =
                call.plan.question.is_streamed() && call.plan.body != BodyPlan::Nothing;
            if is_streamed && call.was_to_end_at(call.deadline()) {
                world.violated(format_args!("{id}: a stream goes on after its deadline"));
            }
            if is_streamed && call.was_to_end_at(cut_off) {
                world.violated(format_args!("{id}: a stream goes on after the shutdown's grace"));
            }
        });
    }

    /// Nothing of the answer is left to be sent.
    pub(super) fn completes(&self, id: &str) {
        self.with(id, |call, _| call.is_complete = true);
    }

    /// The server has let go of the call.
    pub(super) fn ends(&self, id: &str) {
        let (cut_off, audit_is_behind) = {
            let state = self.state();
            (state.cut_off, state.model.audit_is_behind())
        };
        self.with(id, |call, world| {
            world.notes(format_args!("{id} ends"));
            let may_wait = call.plan.is_by_web && audit_is_behind;
            if !call.is_answered && !may_wait && call.was_to_end_at(cut_off) {
                world.violated(format_args!("{id} is never told that the server ends"));
            }
            if call.ended.replace(Instant::now()).is_some() {
                world.violated(format_args!("{id} has ended twice"));
            }
        });
    }

    /// The client is done with the call.
    pub(super) fn is_over(&self, id: &str, outcome: Outcome, link: LinkState) {
        self.with(id, |call, world| {
            world.notes(format_args!("{id} is over: {outcome:?}"));
            call.outcome = Some(outcome);
            call.over = Some(Instant::now());
            call.link = link;
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
