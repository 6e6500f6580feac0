//! How long a test may take in all.

use std::time::Duration;

use tokio::time;

use crate::check::{CheckError, CheckResult};

/// Longest that one test may take in all, as a multiple of the timeout for one
/// answer: so that a server that dribbles is an error too.
const TIMEOUTS_A_TEST: u32 = 6;

/// What `check` comes to, or an error where it takes longer than one test may.
pub(super) async fn in_time<T>(
    timeout: Duration,
    check: impl Future<Output = CheckResult<T>>,
) -> CheckResult<T> {
    let limit = timeout * TIMEOUTS_A_TEST;
    let late = |_| CheckError::Error(format!("it took longer than {} s", limit.as_secs_f64()));
    time::timeout(limit, check).await.map_err(late)?
}
