//! Runs tests against a target.

mod evidence;
mod known_failing;
mod one_call;
mod select;
mod spec;
mod test;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::{StreamExt as _, stream};
use tokio::sync::RwLock;
use tokio::time;

use crate::check::{CheckError, CheckResult};
use crate::procedures::{self, Context, Needs, Procedure};
use crate::report::{Record, Report};
use crate::servers::{Running, Servers};
use crate::verdict::Outcome;

pub use evidence::called;
pub use known_failing::{BadList, KnownFailing};
pub use select::{Pattern, Selection};
pub use spec::Spec;
pub use test::{Test, all_tests, fixtures_sha256, musts_of_suite};

/// Tests that are under way at once. Most of their time is waiting.
const TESTS_AT_ONCE: usize = 12;
/// Longest that one test may take in all, as a multiple of the timeout for one
/// answer: so that a server that dribbles is an error too.
const TIMEOUTS_A_TEST: u32 = 6;

/// A run, before it is done.
#[derive(Debug)]
pub struct Run {
    servers: Servers,
    timeout: Duration,
    known_failing: KnownFailing,
    /// Read by tests that may run beside others, written by those that may not.
    alone: RwLock<()>,
    spec: Arc<Spec>,
}

impl Run {
    /// Tests are to be run against `servers`, which are to answer within
    /// `timeout`.
    #[must_use]
    pub fn new(servers: Servers, timeout: Duration, known_failing: KnownFailing) -> Self {
        let (alone, spec) = (RwLock::default(), Arc::new(Spec::load()));
        Self { servers, timeout, known_failing, alone, spec }
    }

    /// Ends the servers when this process is asked to end. Then there is nothing
    /// more to test.
    ///
    /// # Errors
    /// Signals cannot be waited for.
    pub async fn end_with_a_signal(&self) -> std::io::Result<()> {
        self.servers.end_with_a_signal().await
    }

    /// Runs all `tests`, and tells `progress` of each that has ended.
    pub async fn report(&self, tests: &[Test], progress: impl Fn(&Record)) -> Report {
        // A clock before 1970 is written as 1970, since the format has no such time.
        let started_at = humantime::format_rfc3339_seconds(SystemTime::now().max(UNIX_EPOCH));
        let start = Instant::now();
        let mut results = Vec::new();
        let mut records = stream::iter(tests.iter().enumerate())
            .map(|(place, test)| async move { (place, self.record(test).await) })
            .buffer_unordered(TESTS_AT_ONCE);
        while let Some((place, record)) = records.next().await {
            progress(&record);
            results.push((place, record));
        }
        results.sort_by_key(|(place, _)| *place);
        let results: Vec<_> = results.into_iter().map(|(_, record)| record).collect();
        Report {
            suite: env!("CARGO_PKG_VERSION").to_owned(),
            spec: self.spec.version.clone(),
            fixtures_sha256: fixtures_sha256(),
            target: self.servers.target().to_string(),
            started_at: started_at.to_string(),
            duration_ms: start.elapsed().as_millis() as u64,
            known_failing_faults: self.known_failing.unmatched(tests),
            musts_of_suite: musts_of_suite(),
            left_running: self.servers.left_running().await,
            results,
        }
    }

    /// Runs one test.
    pub async fn record(&self, test: &Test) -> Record {
        let (_beside, _alone);
        if needs(test) == Needs::Alone {
            _alone = self.alone.write().await;
        } else {
            _beside = self.alone.read().await;
        }
        let start = Instant::now();
        let outcome = self.known_failing.applied(&test.name, self.outcome(test).await);
        Record {
            name: test.name.clone(),
            case: test.case.id.clone(),
            title: test.case.title.clone(),
            profile: test.profile,
            level: test.case.level,
            shows: test.case.shows.iter().filter_map(|id| self.spec.requirement(id)).collect(),
            duration_ms: start.elapsed().as_millis() as u64,
            outcome,
        }
    }

    async fn outcome(&self, test: &Test) -> Outcome {
        let setup = &test.case.server;
        let server = match needs(test) {
            Needs::OwnServer => self.servers.fresh(setup).await,
            Needs::Settings => self.servers.starting(setup).await,
            Needs::Shared | Needs::Alone => self.servers.shared(setup).await,
        };
        let server = match server {
            Ok(server) => server,
            Err(none) => return CheckError::from(none).outcome(called(test, None)),
        };
        let limit = self.timeout * TIMEOUTS_A_TEST;
        let checked = time::timeout(limit, self.check(test, &server)).await;
        match checked {
            Ok(Ok(())) => Outcome::pass(),
            Ok(Err(error)) => {
                if let (CheckError::Error(why), false) = (&error, needs(test) == Needs::OwnServer) {
                    self.look_after(setup, &server, why).await;
                }
                error.outcome(called(test, Some(&server)))
            }
            Err(_) => {
                let error = format!("it took longer than {} s", limit.as_secs_f64());
                CheckError::Error(error).outcome(called(test, Some(&server)))
            }
        }
    }

    async fn check(&self, test: &Test, server: &Running) -> CheckResult {
        match &test.case.procedure {
            None => one_call::check(test, server, self.timeout).await,
            Some(case) => {
                let procedure = procedure(test).ok_or_else(|| {
                    CheckError::Error(format!("the suite has no procedure {}", case.name))
                })?;
                let (servers, timeout) = (&self.servers, self.timeout);
                procedure.perform(&Context { servers, server, timeout, numbers: &case.with }).await
            }
        }
    }

    /// A server that was silent may be dead. Then no further test waits for it.
    async fn look_after(&self, setup: &str, server: &Running, why: &str) {
        if let Err(error) = self.servers.is_alive(server).await {
            self.servers.give_up(setup, &format!("{error}; before that, {why}")).await;
        }
    }
}

fn procedure(test: &Test) -> Option<&'static Procedure> {
    test.case.procedure.as_ref().and_then(|procedure| procedures::named(&procedure.name))
}

/// What a test needs of the suite.
fn needs(test: &Test) -> Needs {
    procedure(test).map_or(Needs::Shared, |procedure| procedure.needs)
}
