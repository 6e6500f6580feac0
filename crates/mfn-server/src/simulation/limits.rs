//! A model of who is let in: it remembers everything, and is asked in the order in which the
//! server begins calls.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use mfn_access::{Limits, MAX_SKEW, Service, Services};
use tokio::time::{Duration, Instant};

use super::call_plan::CallPlan;
use super::keys::{Credentials, KeyInFile};
use super::questions::Kind;
use super::verdict::Verdict;
use super::world::World;
use crate::access::Access;
use crate::audit::Unwritten;
use crate::config::Config;
use crate::wall_clock;

/// What a server without keys calls everyone.
const ANONYMOUS: &str = "anonymous";

/// See the module.
pub(super) struct LimitModel {
    /// None if all callers are one.
    keys: Option<BTreeMap<&'static str, KeyModel>>,
    anonymous: KeyModel,
    protects_against_replays: bool,
    /// The latest that the clock of the wall has shown when a call began.
    latest: Duration,
    /// What the server itself says of calls whose computation still holds their permit.
    access: Arc<Access>,
    unwritten: Unwritten,
}

struct KeyModel {
    versions: Vec<u64>,
    limits: Limits,
    services: Services,
    /// When its calls were admitted, and since when it is in the file.
    admissions: Vec<Instant>,
    since: Instant,
    /// Signatures that have served: the time that each signs, the path and the secret.
    used: BTreeSet<(Duration, String, u64)>,
}

impl KeyModel {
    fn new(versions: Vec<u64>, limits: Limits, services: Services) -> Self {
        let (admissions, used) = Default::default();
        Self { versions, limits, services, admissions, since: Instant::now(), used }
    }
}

impl LimitModel {
    pub(super) fn new(
        keys: Option<&[KeyInFile]>,
        config: &Config,
        (access, unwritten): (Arc<Access>, Unwritten),
    ) -> Self {
        let mut model = Self {
            keys: None,
            anonymous: KeyModel::new(Vec::new(), config.limits, Services::ALL),
            protects_against_replays: config.replay_protection,
            latest: Duration::ZERO,
            access,
            unwritten,
        };
        if let Some(keys) = keys {
            model.replace_keys(keys);
        }
        model
    }

    /// A key that keeps its id keeps what it was charged.
    pub(super) fn replace_keys(&mut self, file: &[KeyInFile]) {
        let mut before = self.keys.take().unwrap_or_default();
        let of_key = |key: &KeyInFile| {
            let mut model = KeyModel::new(key.versions.clone(), key.limits, key.services);
            if let Some(before) = before.remove(key.id) {
                let KeyModel { admissions, since, used, .. } = before;
                (model.admissions, model.since, model.used) = (admissions, since, used);
            }
            (key.id, model)
        };
        self.keys = Some(file.iter().map(of_key).collect());
    }

    /// Whether lines of the audit wait, and connections may with them.
    pub(super) fn audit_is_behind(&self) -> bool {
        self.unwritten.lines() > 0
    }

    /// The key that a call is charged to, if it is admitted.
    pub(super) fn key_of(&self, plan: &CallPlan) -> &'static str {
        if self.keys.is_some() { plan.signature.key } else { ANONYMOUS }
    }

    fn key(&self, plan: &CallPlan) -> Option<&KeyModel> {
        match &self.keys {
            Some(keys) => keys.get(plan.signature.key),
            None => Some(&self.anonymous),
        }
    }

    /// Whether a call that was admitted then is charged to `key` as it is in the file now. A
    /// key that was taken out of the file, and put back, is a new one.
    pub(super) fn is_charged(&self, plan: &CallPlan, begun: Instant, key: &str) -> bool {
        self.key_of(plan) == key && self.key(plan).is_some_and(|key| key.since <= begun)
    }

    /// What is to become of a call now, of whose key so many calls may hold a permit.
    pub(super) fn decide(
        &mut self,
        plan: &CallPlan,
        timestamp: Duration,
        permits: RangeInclusive<u32>,
        world: &World,
    ) -> Verdict {
        self.latest = self.latest.max(wall_clock::since_epoch());
        if plan.question.kind == Kind::NotGrpc {
            return Verdict::NotGrpc;
        }
        if plan.question.is_health() {
            return Verdict::Free;
        }
        if self.unwritten.is_stalled() {
            return Verdict::AuditStalled;
        }
        let Some(key) = self.key(plan).filter(|key| self.is_right(key, plan, timestamp)) else {
            return Verdict::Unauthenticated;
        };
        let service = Service::of_method(&plan.question.path());
        if service.is_some_and(|service| !key.services.contains(service)) {
            return Verdict::ScopeDenied;
        }
        let Limits { concurrent, rps, .. } = key.limits;
        let name = self.key_of(plan);
        let counted = self.open_calls(name);
        if !permits.contains(&counted) {
            world
                .violated(format_args!("{counted} calls of {name} hold a permit, not {permits:?}"));
        }
        if concurrent > 0 && counted >= concurrent {
            return Verdict::TooManyAtOnce;
        }
        let replayed = self.protects_against_replays && self.keys.is_some();
        if replayed && key.used.contains(&signature(plan, timestamp)) {
            return Verdict::SignatureReplayed;
        }
        if replayed && timestamp + MAX_SKEW < self.latest {
            return Verdict::MayBeReplayed;
        }
        let second = Duration::from_secs(1);
        let is_recent = |admission: &&Instant| admission.elapsed() < second;
        let recent = key.admissions.iter().rev().take_while(is_recent).count();
        if rps > 0 && recent >= rps as usize {
            return Verdict::TooManyASecond;
        }
        Verdict::Admitted
    }

    /// The call is let in, whose signature says this time since 1970.
    pub(super) fn charge(&mut self, plan: &CallPlan, timestamp: Duration) {
        if plan.question.is_health() {
            return;
        }
        let key = match &mut self.keys {
            Some(keys) => keys.get_mut(plan.signature.key),
            None => Some(&mut self.anonymous),
        };
        let Some(key) = key else { return };
        key.used.insert(signature(plan, timestamp));
        // Where there is no limit nothing is counted.
        if key.limits.rps > 0 {
            key.admissions.push(Instant::now());
        }
    }

    fn is_right(&self, key: &KeyModel, plan: &CallPlan, timestamp: Duration) -> bool {
        let signature = plan.signature;
        let skew = wall_clock::since_epoch().abs_diff(timestamp);
        self.keys.is_none()
            || signature.credentials == Credentials::Right
                && key.versions.contains(&signature.version)
                && skew <= MAX_SKEW
    }

    fn open_calls(&self, id: &str) -> u32 {
        let callers = self.access.callers();
        callers.iter().find(|key| key.id().as_str() == id).map_or(0, |key| key.open_calls())
    }
}

/// What makes a signature of a key the same as another.
fn signature(plan: &CallPlan, timestamp: Duration) -> (Duration, String, u64) {
    (timestamp, plan.question.path(), plan.signature.version)
}
