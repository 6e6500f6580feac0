//! A stream as it comes, for those who watch.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::answer::Answer;

const TEMPLATE: &str = "{wide_bar} {human_pos} of {human_len} steps, {eta} left\n{msg}";

/// How far a stream is, and what its last frame says. It goes away with this.
pub(super) struct Live(ProgressBar);

impl Live {
    /// Of `steps` steps, on standard error if that is a terminal and somebody `watches`.
    pub(super) fn new(steps: u64, watches: bool) -> Self {
        let target =
            if watches { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(steps), target);
        bar.set_style(ProgressStyle::with_template(TEMPLATE).expect("the template is well-formed"));
        Self(bar)
    }

    /// Shows one frame.
    pub(super) fn show(&self, frame: &Answer) {
        self.0.set_message(current(frame));
        self.0.set_position(frame.number("step").unwrap_or_default() as u64);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// What is most worth watching, on one line.
fn current(frame: &Answer) -> String {
    const SHOWN: [(&str, &str, &str); 5] = [
        ("growth_events", "growth events", ""),
        ("pot_mean_mV", "mean potential", " mV"),
        ("active_nodes", "active nodes", ""),
        ("hurst_exponent", "Hurst exponent", ""),
        ("fractal_dimension", "fractal dimension", ""),
    ];
    let shown = SHOWN.iter().filter_map(|(name, called, unit)| {
        let number = frame.number(name)?;
        let decimals = if number.fract() == 0.0 { 0 } else { 3 };
        Some(format!("{called} {number:.decimals$}{unit}"))
    });
    shown.collect::<Vec<_>>().join(", ")
}
