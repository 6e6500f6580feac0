//! What a procedure needs of the suite: a server, and time.

use std::time::Duration;

use super::in_time::in_time;
use crate::check::CheckResult;

/// What a procedure needs of the suite.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Needs {
    /// The server that all cases with its set-up share.
    Shared,
    /// The same, while no other case is under way: it measures time, or spends what
    /// all cases share.
    Alone,
    /// A server of its own, since it leaves nothing of it for other cases: the server
    /// ends, or its only worker or its last connection is taken.
    OwnServer,
    /// The same, and time for as many requests by chance as are asked for.
    Draws,
    /// Servers that it starts itself, with settings of its own.
    Settings,
}

impl Needs {
    /// What `check` comes to, or an error where it takes longer than a test with these
    /// needs may.
    pub(crate) async fn in_time(
        self,
        timeout: Duration,
        check: impl Future<Output = CheckResult>,
    ) -> CheckResult {
        match self {
            // Servers start within the first, each of which has a time for that. The second
            // makes as many requests as it is told to, each of which has the time of a
            // test; before that, the reference takes its own time for the answers.
            Self::Settings | Self::Draws => check.await,
            Self::Shared | Self::Alone | Self::OwnServer => in_time(timeout, check).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time;

    use super::super::ALL;
    use super::*;
    use crate::check::CheckError;

    const TIMEOUT: Duration = Duration::from_secs(1);

    async fn takes_an_hour() -> CheckResult {
        time::sleep(Duration::from_hours(1)).await;
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_test_of_many_requests_by_chance_is_not_late() {
        let draws = ALL.iter().filter(|procedure| procedure.name.starts_with("draws/"));
        for procedure in draws {
            let told = procedure.needs.in_time(TIMEOUT, takes_an_hour()).await;
            assert!(told.is_ok(), "{}: {told:?}", procedure.name);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_test_of_a_few_calls_is_late_after_six_timeouts() {
        for needs in [Needs::Shared, Needs::Alone, Needs::OwnServer] {
            let told = needs.in_time(TIMEOUT, takes_an_hour()).await;
            let Err(CheckError::Error(why)) = told else { panic!("{told:?}") };
            assert_eq!(why, "it took longer than 6 s");
        }
    }
}
