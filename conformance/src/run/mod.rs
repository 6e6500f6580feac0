//! Runs tests against a target.

mod attempt;
mod evidence;
mod known_failing;
mod one_call;
mod recovery;
mod repeat;
mod select;
mod spec;
mod test;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::{StreamExt as _, stream};
use tokio::sync::RwLock;

use crate::draws::Draws;
use crate::report::{Record, Report};
use crate::servers::Servers;

pub use evidence::called;
pub use known_failing::{BadList, KnownFailing};
pub use select::{Pattern, Selection};
pub use spec::{PAGES, Spec};
pub use test::{Test, all_tests, fixtures_sha256, musts_of_suite};

/// Tests that are under way at once, unless it is said otherwise. Most of their time is
/// waiting.
pub const TESTS_AT_ONCE: usize = 12;

/// A run, before it is done.
#[derive(Debug)]
pub struct Run {
    servers: Servers,
    timeout: Duration,
    known_failing: KnownFailing,
    draws: Draws,
    /// Read by tests that may run beside others, written by those that may not.
    alone: RwLock<()>,
    jobs: usize,
    second_tries: bool,
    spec: Arc<Spec>,
}

impl Run {
    /// Tests are to be run against `servers`, which are to answer within
    /// `timeout`.
    #[must_use]
    pub fn new(servers: Servers, timeout: Duration, known_failing: KnownFailing) -> Self {
        let (draws, alone, spec) = (Draws::default(), RwLock::default(), Arc::new(Spec::load()));
        let (jobs, second_tries) = (TESTS_AT_ONCE, true);
        Self { servers, timeout, known_failing, draws, alone, jobs, second_tries, spec }
    }

    /// The same with these choices, which it makes by chance otherwise.
    #[must_use]
    pub fn with_draws(self, draws: Draws) -> Self {
        Self { draws, ..self }
    }

    /// At most so many tests are under way at once.
    #[must_use]
    pub fn with_jobs(self, jobs: usize) -> Self {
        Self { jobs, ..self }
    }

    /// Tests that other tests may have disturbed are not tried again alone: whoever runs
    /// these does that himself.
    #[must_use]
    pub fn without_second_tries(self) -> Self {
        Self { second_tries: false, ..self }
    }

    /// Whether there is anything to test: a server at the address that answers within
    /// this time, or one that the command starts.
    ///
    /// # Errors
    /// Nothing can be tested: why.
    pub async fn ready(&self, within: Duration) -> Result<(), String> {
        self.servers.ready(within).await
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
            .buffer_unordered(self.jobs);
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
            seed: self.draws.seed(),
            target: self.servers.target().to_string(),
            started_at: started_at.to_string(),
            duration_ms: start.elapsed().as_millis() as u64,
            known_failing_faults: self.known_failing.unmatched(tests),
            musts_of_suite: musts_of_suite(),
            requires_conformance: false,
            left_running: self.servers.left_running().await,
            results,
        }
    }

    /// Runs one test.
    pub async fn record(&self, test: &Test) -> Record {
        let (outcome, took) = self.outcome(test).await;
        let outcome = self.known_failing.applied(&test.name, outcome);
        Record {
            name: test.name.clone(),
            case: test.case.id.clone(),
            title: test.case.title.clone(),
            profile: test.profile,
            level: test.case.level,
            shows: test.case.shows.iter().filter_map(|id| self.spec.requirement(id)).collect(),
            duration_ms: took.as_millis() as u64,
            outcome,
        }
    }
}
