//! The command: servers are started where that is asked for, compared, and judged.

use std::time::Duration;

use mfn_output::Output;

use super::baseline::Baseline;
use super::interrupt::uninterrupted;
use super::judge;
use super::options::Compare;
use super::progress::Progress;
use super::report::{Comparison, Side};
use super::spawned::{Groups, Spawned};
use super::subject::Subject;
use super::turns::Turns;
use crate::expect::Expectation;
use crate::options::Format;
use crate::values::Unprinted;
use crate::{Failure, Server, output};

impl Compare {
    /// Compares, prints the report, and judges it.
    ///
    /// # Errors
    /// Bad options; a server that does not start, cannot be called or refuses most
    /// calls; an expectation that has failed; a report that cannot be written.
    pub fn run(self) -> Result<(), Failure> {
        let format = self.format;
        let expectations = self.expect.read(&judge::names())?;
        let (output, save) = self.outputs()?;
        let comparison = uninterrupted(move |groups| self.compare(&expectations, groups))?;
        if let Some(save) = save {
            output::write(save, &comparison, Format::Json)?;
        }
        output::write(output, &comparison, format)?;
        comparison.judge()
    }

    fn outputs(&self) -> Result<(Output, Option<Output>), Failure> {
        let output = output::open(self.output.as_deref())?;
        let save = self.save.as_deref().map(|path| output::open(Some(path))).transpose()?;
        let both_print = |save: &Output| save.is_standard_output() && output.is_standard_output();
        if save.as_ref().is_some_and(both_print) || self.save.is_some() && self.save == self.output
        {
            return Err(Failure::Usage(
                "--save and --output would both write to one place: give each its own".to_owned(),
            ));
        }
        Ok((output, save))
    }

    fn compare(
        &self,
        expectations: &[Expectation],
        groups: &Groups,
    ) -> Result<Comparison, Failure> {
        let parameters = self.parameters();
        let baseline = self.baseline.as_deref();
        let baseline = baseline.map(|path| Baseline::read(path, &parameters)).transpose()?;
        for expected in expectations {
            self.check(expected, baseline.as_ref())?;
        }
        let sides = self.measure(groups)?;
        let mut comparison = Comparison::new(parameters, sides, baseline.as_ref());
        comparison.expect(expectations);
        Ok(comparison)
    }

    /// Calls both servers, which are started anew where they are commands.
    fn measure(&self, groups: &Groups) -> Result<[Side; 2], Failure> {
        let turns = self.turns();
        turns.check()?;
        let progress = Progress::new(turns.rounds);
        let (mut rounds_of_a, mut rounds_of_b) = (Vec::new(), Vec::new());
        loop {
            let a = self.server(&self.a, self.pid_a, "--pid-a", groups)?;
            let b = self.server(&self.b, self.pid_b, "--pid-b", groups)?;
            let done = rounds_of_a.len() as u64;
            let rounds = self.rounds_a_start().min(turns.rounds - done);
            let seed = turns.seed.wrapping_add(done);
            let servers = [a.server.clone(), b.server.clone()];
            let measured =
                Turns { rounds, seed, ..turns }.rounds_of(&servers, &self.calls, &progress)?;
            for (all, new) in [&mut rounds_of_a, &mut rounds_of_b].into_iter().zip(measured) {
                all.extend(new);
            }
            if rounds_of_a.len() as u64 >= turns.rounds {
                let of_a = Side::new(&self.a, &a.server, rounds_of_a);
                return Ok([of_a, Side::new(&self.b, &b.server, rounds_of_b)]);
            }
        }
    }

    /// Whether there can be such a figure.
    fn check(&self, expected: &Expectation, baseline: Option<&Baseline>) -> Result<(), Failure> {
        let figure = &expected.figure;
        if judge::is_of_baseline(figure) {
            let Some(baseline) = baseline else {
                return Err(Failure::Usage(format!("'{figure}' needs --baseline")));
            };
            if !baseline.differences.is_empty() {
                return Err(Failure::CouldNotRun(format!(
                    "'{expected}' cannot be judged, since the baseline is of something else: {}",
                    baseline.differences.join("; ")
                )));
            }
        }
        for (side, subject, pid, flag) in
            [("a.", &self.a, self.pid_a, "--pid-a"), ("b.", &self.b, self.pid_b, "--pid-b")]
        {
            let is_unknown = matches!(subject, Subject::Address(_)) && pid.is_none();
            if is_unknown && judge::needs_cpu_of(figure, side) {
                return Err(Failure::Usage(format!(
                    "'{figure}' needs the process of {subject}: give it by {flag}"
                )));
            }
        }
        Ok(())
    }

    fn server(
        &self,
        subject: &Subject,
        pid: Option<u32>,
        flag: &str,
        groups: &Groups,
    ) -> Result<Running, Failure> {
        let api_key = self.api_key.as_ref().map(|Unprinted(key)| key.clone());
        match subject {
            Subject::Address(target) => {
                let target = target.clone();
                // One of the two may be without TLS.
                let ca = self.ca.clone().filter(|_| target.starts_with("https://"));
                Ok(Running { server: Server { target, ca, api_key, pid }, _process: None })
            }
            Subject::Command(_) if pid.is_some() => Err(Failure::Usage(format!(
                "{flag} is for an address: the process of a command is known"
            ))),
            Subject::Command(command) => {
                let within = Duration::from_secs(self.start_within);
                let spawned = Spawned::start(command, api_key.as_deref(), within, groups)?;
                Ok(Running { server: spawned.server.clone(), _process: Some(spawned) })
            }
        }
    }
}

/// A server that can be called, as long as this is there.
struct Running {
    server: Server,
    _process: Option<Spawned>,
}
