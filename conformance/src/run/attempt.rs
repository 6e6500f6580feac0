//! One test, which is tried again alone where others may have disturbed it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::evidence::called;
use super::{Run, Test, one_call};
use crate::case::Profile;
use crate::check::{CheckError, CheckResult};
use crate::procedures::{self, Context, Needs, Procedure, needs_reflection};
use crate::servers::{NoServer, Running};
use crate::verdict::Outcome;

/// The package of both versions of reflection.
const REFLECTION: &str = "grpc.reflection.";
/// Who shows this requirement shows whether settings are honoured.
const HONOURS: &str = "MFN-CONF-002";

/// Why a test did not pass, and the server that it was tried with.
struct Unmet {
    error: CheckError,
    server: Option<Running>,
}

/// What came of a try, and how long it took, without what is waited for before and after it.
type Tried = (Result<(), Unmet>, Duration);

impl Run {
    /// What a test comes to, and how long its last try took.
    pub(super) async fn outcome(&self, test: &Test) -> (Outcome, Duration) {
        let (tried, took) = self.tried(test).await;
        let outcome = match tried {
            Ok(()) => Outcome::pass(),
            Err(Unmet { error, server }) => {
                let called = called(test, server.as_deref(), error.call(), &self.draws);
                error.outcome(called)
            }
        };
        (outcome, took)
    }

    async fn tried(&self, test: &Test) -> Tried {
        if needs(test) != Needs::Alone && self.jobs > 1 {
            let beside = self.alone.read().await;
            let unmet = match self.attempt(test).await {
                (Err(unmet), _) if unmet.may_be_another_alone() && self.second_tries => unmet,
                told => return told,
            };
            drop(beside);
            let _alone = self.alone.write().await;
            self.look_after(test, &unmet).await;
            return self.attempt(test).await;
        }
        let _alone = self.alone.write().await;
        let told = self.attempt(test).await;
        if needs(test) == Needs::Alone {
            self.recover(&test.case.server).await;
        }
        told
    }

    async fn attempt(&self, test: &Test) -> Tried {
        let start = Instant::now();
        let told = self.met(test).await;
        let took = start.elapsed();
        if let Err(unmet) = &told
            && (!self.second_tries || self.jobs == 1)
        {
            self.look_after(test, unmet).await;
        }
        (told, took)
    }

    async fn met(&self, test: &Test) -> Result<(), Unmet> {
        let server = self.server(test).await;
        let server = server.map_err(|error| Unmet { error, server: None })?;
        // Boxed, since futures that pass it on would each have room for all of it.
        let check = Box::pin(self.check(test, &server));
        let checked = needs(test).in_time(self.timeout, check).await;
        checked.map_err(|error| Unmet { error, server: Some(server) })
    }

    async fn server(&self, test: &Test) -> CheckResult<Running> {
        let setup = &test.case.server;
        let shows_it = test.case.shows.iter().any(|id| id == HONOURS);
        self.servers.honours(setup).await.map_err(|none| match none {
            NoServer::NotHonoured(why) if shows_it => {
                CheckError::different("a setting that is honoured", why)
            }
            none => none.into(),
        })?;
        Ok(match needs(test) {
            Needs::OwnServer | Needs::Draws => self.servers.fresh(setup).await,
            Needs::Settings => self.servers.starting(setup).await,
            Needs::Shared | Needs::Alone => self.servers.shared(setup).await,
        }?)
    }

    async fn check(&self, test: &Test, server: &Running) -> CheckResult {
        if test.profile == Profile::Web {
            self.servers.has_web(server).await?;
        }
        let none = BTreeMap::new();
        let case = test.case.procedure.as_ref();
        let numbers = case.map_or(&none, |procedure| &procedure.with);
        let over = case.map_or(&[][..], |procedure| &procedure.over);
        let (servers, timeout, profile, draws) =
            (&self.servers, self.timeout, test.profile, &self.draws);
        let context = Context { servers, server, timeout, numbers, over, profile, draws };
        if let Some(case) = &test.case.procedure {
            let procedure = procedure(test).ok_or_else(|| {
                CheckError::Error(format!("the suite has no procedure {}", case.name))
            })?;
            return procedure.perform(&context).await;
        }
        let told = one_call::check(test, server, timeout).await;
        if told.is_err() && asks_reflection(test) {
            needs_reflection(&context).await?;
        }
        told
    }

    /// A server of which nothing could be said may be dead. Then no further test waits
    /// for it.
    async fn look_after(&self, test: &Test, unmet: &Unmet) {
        let (Some(why), Some(server)) = (unmet.error.no_verdict(), &unmet.server) else { return };
        if matches!(needs(test), Needs::OwnServer | Needs::Draws) {
            return;
        }
        if let Err(error) = self.servers.is_alive(server).await {
            let why = format!("{error}; before that, {why}");
            self.servers.give_up(&test.case.server, server, &why).await;
        }
    }
}

impl Unmet {
    /// Whether the test may come to something else where no other is under way: then it
    /// was called, and disturbed.
    fn may_be_another_alone(&self) -> bool {
        self.server.is_some() && self.error.is_doubtful()
    }
}

fn asks_reflection(test: &Test) -> bool {
    test.case.call.as_ref().is_some_and(|call| call.method.starts_with(REFLECTION))
}

fn procedure(test: &Test) -> Option<&'static Procedure> {
    test.case.procedure.as_ref().and_then(|procedure| procedures::named(&procedure.name))
}

/// What a test needs of the suite.
fn needs(test: &Test) -> Needs {
    procedure(test).map_or(Needs::Shared, |procedure| procedure.needs)
}
