//! A bar for those who wait, on a terminal only and only if it takes long.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mfn_core::Simulation;

/// What takes no longer than this shows no bar.
const SHOWN_AFTER: Duration = Duration::from_millis(400);
const TEMPLATE: &str = "{msg} {wide_bar} {human_pos} of {human_len} steps, {eta} left";

/// How far a computation has come. The bar goes away with it.
pub(crate) struct Progress {
    start: Instant,
    shown_after: Duration,
    steps_done: AtomicU64,
    bar: ProgressBar,
}

impl Progress {
    /// Of `steps` steps, shown on standard error if that is a terminal.
    pub(crate) fn new(steps: u64, what: &'static str) -> Self {
        Self::on(ProgressDrawTarget::stderr(), SHOWN_AFTER, steps, what)
    }

    fn on(
        target: ProgressDrawTarget,
        shown_after: Duration,
        steps: u64,
        what: &'static str,
    ) -> Self {
        let bar = ProgressBar::with_draw_target(Some(steps), target).with_message(what);
        bar.set_style(ProgressStyle::with_template(TEMPLATE).expect("the template is well-formed"));
        Self { start: Instant::now(), shown_after, steps_done: AtomicU64::new(0), bar }
    }

    /// Steps `simulation` to its end. Several may be stepped at a time.
    pub(crate) fn run(&self, simulation: &mut Simulation) {
        self.advance(simulation, simulation.params().steps());
    }

    /// Steps it up to this step.
    pub(crate) fn advance(&self, simulation: &mut Simulation, step: u32) {
        let mut advance = simulation.advance_in_parts(step);
        while !advance.is_finished() {
            let steps_before = advance.steps_done();
            advance.part();
            let steps = u64::from(advance.steps_done() - steps_before);
            let steps_done = steps + self.steps_done.fetch_add(steps, Ordering::Relaxed);
            if self.start.elapsed() >= self.shown_after {
                self.bar.set_position(steps_done);
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use indicatif::TermLike;
    use mfn_core::{SimulationParams, SimulationSettings};

    use super::*;

    /// A terminal that keeps all that was ever written to it.
    #[derive(Clone, Debug, Default)]
    struct Scroll(Arc<Mutex<String>>);

    impl Scroll {
        fn text(&self) -> String {
            self.0.lock().expect("nobody panics").clone()
        }
    }

    impl TermLike for Scroll {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().expect("nobody panics").push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn shown_with(shown_after: Duration) -> String {
        let settings = SimulationSettings { grid_size: 4, ..SimulationSettings::default() };
        let params = SimulationParams::try_from(settings).expect("allowed");
        let mut simulation = Simulation::new(params);
        let scroll = Scroll::default();
        let target = ProgressDrawTarget::term_like(Box::new(scroll.clone()));
        let progress = Progress::on(target, shown_after, params.steps().into(), "simulating");
        progress.run(&mut simulation);
        assert!(simulation.is_finished());
        drop(progress);
        scroll.text()
    }

    #[test]
    fn what_takes_long_shows_its_steps() {
        let shown = shown_with(Duration::ZERO);
        assert!(shown.contains("simulating"), "{shown:?}");
        assert!(shown.contains("of 64 steps"), "{shown:?}");
    }

    #[test]
    fn what_is_over_soon_shows_nothing() {
        let shown = shown_with(Duration::MAX);
        assert!(shown.trim().is_empty(), "{shown:?}");
    }
}
