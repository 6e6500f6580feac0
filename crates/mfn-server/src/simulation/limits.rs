//! A model of who is let in: it remembers everything, and is asked in the order in which the
//! server begins calls.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use mfn_access::{Limits, MAX_SKEW, Service, Services};
use tokio::time::{Duration, Instant};

use super::client_plan::CallPlan;
use super::keys::{Credentials, KeyInFile};
use super::questions::Kind;
use super::world::World;
use crate::access::Access;
use crate::audit::Unwritten;
use crate::wall_clock;

/// What a server without keys calls everyone.
const ANONYMOUS: &str = "anonymous";

/// What is to become of a call, by its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is let in, by its key's limits.
    Admitted,
    /// It needs no key.
    Free,
    NotGrpc,
    AuditStalled,
    Unauthenticated,
    ScopeDenied,
    TooManyAtOnce,
    TooManyASecond,
}

impl Verdict {
    pub(super) fn is_let_in(self) -> bool {
        matches!(self, Self::Admitted | Self::Free)
    }

    /// The reason that the answer and the audit give for a refusal.
    pub(super) fn reasons(self) -> &'static [&'static str] {
        match self {
            Self::Admitted | Self::Free => &[],
            Self::NotGrpc => &["NOT_GRPC"],
            Self::AuditStalled => &["AUDIT_STALLED"],
            Self::Unauthenticated => {
                &["CREDENTIALS_MISSING", "CREDENTIALS_INVALID", "TIMESTAMP_OUTSIDE_WINDOW"]
            }
            Self::ScopeDenied => &["SCOPE_DENIED"],
            Self::TooManyAtOnce => &["RATE_LIMIT_CONCURRENT"],
            Self::TooManyASecond => &["RATE_LIMIT_RPS"],
        }
    }
}

/// See the module.
pub(super) struct LimitModel {
    /// None if all callers are one.
    keys: Option<BTreeMap<&'static str, KeyModel>>,
    anonymous: KeyModel,
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
}

impl KeyModel {
    fn new(versions: Vec<u64>, limits: Limits, services: Services) -> Self {
        Self { versions, limits, services, admissions: Vec::new(), since: Instant::now() }
    }
}

impl LimitModel {
    pub(super) fn new(
        keys: Option<&[KeyInFile]>,
        limits: Limits,
        (access, unwritten): (Arc<Access>, Unwritten),
    ) -> Self {
        let anonymous = KeyModel::new(Vec::new(), limits, Services::ALL);
        let mut model = Self { keys: None, anonymous, access, unwritten };
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
                (model.admissions, model.since) = (before.admissions, before.since);
            }
            (key.id, model)
        };
        self.keys = Some(file.iter().map(of_key).collect());
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
        &self,
        plan: &CallPlan,
        timestamp: Duration,
        permits: RangeInclusive<u32>,
        world: &World,
    ) -> Verdict {
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
        let second = Duration::from_secs(1);
        let is_recent = |admission: &&Instant| admission.elapsed() < second;
        let recent = key.admissions.iter().rev().take_while(is_recent).count();
        if rps > 0 && recent >= rps as usize {
            return Verdict::TooManyASecond;
        }
        Verdict::Admitted
    }

    /// The call is let in.
    pub(super) fn charge(&mut self, plan: &CallPlan) {
        if plan.question.is_health() {
            return;
        }
        let key = match &mut self.keys {
            Some(keys) => keys.get_mut(plan.signature.key),
            None => Some(&mut self.anonymous),
        };
        // Where there is no limit nothing is counted.
        if let Some(key) = key.filter(|key| key.limits.rps > 0) {
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
