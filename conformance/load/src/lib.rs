//! Load on a server, and how fast it answers.
//!
//! [`Load`] is the command line. [`Load::run`] makes the calls and prints the
//! report, [`Load::measure`] gives the [`Report`] alone. [`compare`] calls several
//! servers in turn.
//!
//! A run has one thread a core, each with a runtime and connections of its own
//! (`worker`, which `drive` sets to work, and `connection`). A connection's streams call one after the other, each
//! call asking the `gate` whether it may start, and, in an open loop, when it was
//! due. What a call sends is ready before: headers in a `template`, the message in
//! `messages`. Of the answer only the status is read (`call`). Each thread counts
//! for itself (`tally`), and the sum becomes the `report`.
#![forbid(unsafe_code)]

mod call;
mod calls;
pub mod compare;
mod connect;
mod connection;
mod drive;
mod expect;
mod failure;
mod figures;
mod gate;
mod latency;
mod messages;
mod method;
mod options;
mod outcome;
mod output;
mod progress;
mod refusal;
mod report;
mod run;
mod schedule;
mod server;
mod tally;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod values;
mod worker;

use expect::Expectation;

pub use calls::{Calls, MAX_CONNECTIONS, MAX_STREAMS, MAX_THREADS};
pub use expect::{Judgement, Verdict};
pub use failure::Failure;
pub use latency::{Bar, Latencies, Latency};
pub use messages::Seed;
pub use method::Method;
pub use options::{Load, MAX_CALLS};
pub use outcome::Ending;
pub use report::{Refused, Report, Settings};
pub use server::Server;
pub use values::{MAX_DURATION, MAX_RATE, MAX_TIMEOUT, MIN_RATE};

/// A load of which more was refused than answered measures nothing but the
/// refusals.
const DEFAULT_MAX_ERROR_RATE: f64 = 0.5;

impl Load {
    /// Makes the calls, prints the report, and judges it.
    ///
    /// # Errors
    /// Bad options; a server that cannot be called, or stops answering; no call
    /// that succeeded, or more errors than `--max-error-rate` allows; an expectation
    /// that is not met, or could not be judged, as somebody interrupted; a report that
    /// cannot be written.
    pub fn run(self) -> Result<(), Failure> {
        let expectations = self.expect.read(&figures::names())?;
        let output = output::open(self.output.as_deref())?;
        let mut report = self.measure()?;
        let judged = report.judge_against(&expectations, self.max_error_rate);
        report.failure = judged.as_ref().err().map(Failure::to_string);
        output::write(output, &report, self.format)?;
        judged
    }

    /// Makes the calls.
    ///
    /// # Errors
    /// Bad options, or a server that cannot be called.
    pub fn measure(&self) -> Result<Report, Failure> {
        let plan = self.plan()?;
        let outcome = plan.run()?;
        Ok(Report::new(self.settings(&plan), &outcome))
    }
}

impl Report {
    /// Judges the run, with each of the expectations, which are kept with their verdicts.
    ///
    /// A part of a load that somebody interrupted says nothing of the whole, so it has
    /// no verdicts.
    pub(crate) fn judge_against(
        &mut self,
        expectations: &[Expectation],
        max_error_rate: Option<f64>,
    ) -> Result<(), Failure> {
        let is_gate = max_error_rate.is_some() || !expectations.is_empty();
        if self.ending == Ending::Interrupted && is_gate {
            return Err(Failure::CouldNotRun("it was interrupted".to_owned()));
        }
        let judgements = expectations.iter().map(|expected| {
            let figure = figures::figure(self, &expected.figure);
            expected.judge(figure.map(expect::Value::from))
        });
        self.expectations = judgements.collect();
        self.judge(max_error_rate)
    }

    /// Whether the run is a success.
    ///
    /// # Errors
    /// The server stopped answering, no call succeeded, the error rate is above
    /// `max_error_rate`, by default a half, or an expectation is not met.
    pub fn judge(&self, max_error_rate: Option<f64>) -> Result<(), Failure> {
        let most = max_error_rate.unwrap_or(DEFAULT_MAX_ERROR_RATE);
        let Self { error_rate, errors, calls, .. } = self;
        let failed = match self.ending {
            Ending::Unanswered => "the server stopped answering".to_owned(),
            Ending::ConnectionsLost => "all connections were lost".to_owned(),
            _ if self.ok == 0 => format!("none of {calls} calls succeeded{}", self.most_refused()),
            _ if *error_rate > most => format!(
                "{errors} of {calls} calls failed, which is a rate of {error_rate:.6}, \
                 allowed is {most}{}",
                self.most_refused()
            ),
            _ => return expect::failure(&self.expectations),
        };
        Err(Failure::Work(failed))
    }
}
