//! A bar for those who wait, on a terminal only.

use std::sync::Arc;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::gate::Limit;
use super::time::time;
use super::worker::{Worker, total};

const TEMPLATE: &str = "{wide_bar} {msg}";
/// Parts that the bar's length is counted in.
const PARTS: u64 = 1000;

/// How far a run has come. The bar goes away with it.
pub(super) struct Progress {
    bar: ProgressBar,
    limit: Limit,
    counted_from: Instant,
}

impl Progress {
    /// Of a run whose calls count from `counted_from`, shown on standard error if
    /// that is a terminal.
    pub(super) fn new(limit: Limit, counted_from: Instant) -> Self {
        let bar = ProgressBar::with_draw_target(Some(PARTS), ProgressDrawTarget::stderr());
        bar.set_style(ProgressStyle::with_template(TEMPLATE).expect("the template is well-formed"));
        Self { bar, limit, counted_from }
    }

    /// Shows what is counted by now.
    pub(super) fn show(&self, workers: &[Arc<Worker>]) {
        if self.bar.is_hidden() {
            return;
        }
        let Some(elapsed) = Instant::now().checked_duration_since(self.counted_from) else {
            self.bar.set_message("warming up");
            return;
        };
        let tally = total(workers);
        let calls = tally.calls();
        let done = match self.limit {
            Limit::Duration(all) => elapsed.as_secs_f64() / all.as_secs_f64(),
            Limit::Calls(all) => calls as f64 / all as f64,
        };
        self.bar.set_position((done * PARTS as f64) as u64);
        let rate = tally.ok() as f64 / elapsed.as_secs_f64();
        let p99 = tally.from_start.value_at_quantile(0.99) as f64 / 1000.0;
        let errors = calls - tally.ok();
        self.bar
            .set_message(format!("{rate:.0} calls/s succeed, {errors} failed, p99 {}", time(p99)));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
