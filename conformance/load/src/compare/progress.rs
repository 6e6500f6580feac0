//! How far a comparison has come, on a terminal only.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const TEMPLATE: &str = "{wide_bar} {msg}";
/// How often it is drawn while a turn goes on.
const DRAW_EVERY: Duration = Duration::from_millis(200);

/// A bar that goes away with this.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Of so many rounds, shown on standard error if that is a terminal.
    pub(super) fn new(rounds: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(rounds), ProgressDrawTarget::stderr());
        bar.set_style(ProgressStyle::with_template(TEMPLATE).expect("the template is well-formed"));
        bar.enable_steady_tick(DRAW_EVERY);
        Self(bar)
    }

    /// A server is called before the rounds.
    pub(super) fn warm_up(&self) {
        self.0.set_message("warming up");
    }

    /// A round has ended.
    pub(super) fn round(&self) {
        self.0.inc(1);
        let (done, all) = (self.0.position(), self.0.length().unwrap_or_default());
        let left = self.0.eta().as_secs();
        self.0.set_message(format!("{done} of {all} rounds, {left} s left"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
