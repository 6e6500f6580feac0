//! What a comparison is told on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::parameters::Parameters;
use super::subject::Subject;
use super::turns::{MAX_ROUNDS, MAX_TURN, MIN_ROUNDS, MIN_TURN, Turns};
use crate::calls::Calls;
use crate::expect::Expect;
use crate::options::Format;
use crate::values::{self, Unprinted};

/// Longest time, in seconds, that a server may take until it listens.
const MAX_START_SECONDS: u64 = 600;

/// Most starts of a server.
const MAX_STARTS: u64 = 1000;

/// The flags' help with figures that a comparison has, which are others than a load's.
const EXPECT_HELP: &str =
    "What a figure must be, such as 'ratio.cpu_per_call <= 1.02'; may be given several times";
const EXPECT_FILE_HELP: &str = "TOML file with more of them: expect = [\"ratio.cpu_per_call <= \
                                1.02\", \"b.error_rate == 0\"]";

/// Call two servers in turn, and report how much more or less one needs than the other
#[derive(Args, Debug)]
#[command(mut_arg("list", |list| list.help(EXPECT_HELP)))]
#[command(mut_arg("file", |file| file.help(EXPECT_FILE_HELP)))]
#[command(after_help = "\
A and B are called in short turns. A round is A B B A or B A A B, by chance, and
gives one ratio of B to A of each figure: successes a second, latencies, and the server's CPU time
for each success, which depends least on what else the machine does. CPU time is known of servers
that are started here and, on Linux, of those with --pid-a and --pid-b, each with the processes that
it has started. The ratio is the mean over the rounds without the lowest and highest tenth of them.
Its intervals are from a bootstrap over the rounds: the same rounds have the same intervals.

Two processes of one program differ by about a per cent, since their memory lies elsewhere. So what
is a command is started anew every few rounds (--starts), and the rounds of a start count as one. The
interval of two addresses, or with --starts 1, is that of these two processes alone.

What begins with http:// or https:// is an address. All else is a command line that starts a server.
That is told its port by the variables of spec/configuration.md, and not to limit or record calls
(MFN_GRPC_RATE_LIMIT_RPS=0, MFN_GRPC_RATE_LIMIT_CONCURRENT=0, MFN_GRPC_AUDIT_LOG=off). For other
settings begin it with 'env NAME=VALUE'.

An expectation is a figure, an operator (<= < >= > ==) and a number. The figures are
  ratio.cpu_per_call, ratio.ok_per_second, ratio.p50, ratio.p90, ratio.p99    B to A
  baseline.cpu_per_call and so on, with --baseline                            B to B then
  baseline.ratio.cpu_per_call and so on                                       B to A, to that then
  a.cpu_us_per_call, a.ok_per_second, a.p50_ms, a.p90_ms, a.p99_ms, a.error_rate, b. likewise
A ratio fails if its whole interval of 99.9 % is not as expected. If only a part of it is not, the
verdict is undecided, and the run does not fail: more --rounds make the interval shorter.

--save writes the report in JSON, with all rounds, and --baseline compares with such a file. That
has to be of the same machine (CPU, cores, kernel), version and calls. Where it is not, the report
says so, and an expectation of a baseline figure ends the run before any call, with exit code 2.

Exit code: 0 if no expectation has failed; 1 if one has, or if most calls of a server failed; 2 if
the comparison could not be run.

Examples:
  conformance compare './mfn-before serve' './mfn-after serve' --expect 'ratio.cpu_per_call <= 1.02'
  conformance compare http://127.0.0.1:50051 http://127.0.0.1:50052 --pid-a 4711 --pid-b 4712
  conformance compare 'mfn serve' 'env MFN_LOG=off python my_server.py' --rounds 100 --save a.json
  conformance compare 'mfn serve' 'my-server' --baseline a.json --expect 'baseline.p50 <= 1.1'")]
pub struct Compare {
    /// Server to compare with: an address, or a command that starts one
    pub(super) a: Subject,

    /// Server that is compared with it
    pub(super) b: Subject,

    /// Process of A, if A is an address on this machine
    #[arg(long, value_name = "PID", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) pid_a: Option<u32>,

    /// Process of B, if B is an address on this machine
    #[arg(long, value_name = "PID", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) pid_b: Option<u32>,

    /// Rounds, in each of which both servers have two turns: 12 to 10000
    #[arg(long, default_value_t = Turns::default().rounds, value_name = "NUMBER")]
    #[arg(value_parser = clap::value_parser!(u64).range(MIN_ROUNDS..=MAX_ROUNDS))]
    pub(super) rounds: u64,

    /// How long a turn is: 10ms to 10min
    #[arg(long, default_value = "30ms", value_name = "TIME", value_parser = turn)]
    pub(super) turn: Duration,

    /// How often, at least, servers that are commands are started: once, or 12 to 1000 times, but
    /// no more often than there are rounds
    #[arg(long, default_value_t = 25, value_name = "NUMBER", value_parser = starts)]
    pub(super) starts: u64,

    /// How long each server is called after its start, uncounted: up to 24h
    #[arg(long, default_value = "200ms", value_name = "TIME", value_parser = values::time)]
    pub(super) warm_up: Duration,

    /// Seed of the order in which the servers are called
    #[arg(long, default_value_t = Turns::default().seed, value_name = "NUMBER")]
    pub(super) order: u64,

    /// Seconds that a started server may take until it listens, 1 to 600
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=MAX_START_SECONDS))]
    pub(super) start_within: u64,

    /// PEM file with the authority that the certificates of https addresses are from
    #[arg(long, env = "MFN_CONFORMANCE_CA", hide_env_values = true, value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,

    /// Key to sign calls with, which a started server is given; better set as a variable, which
    /// others do not see
    #[arg(long, env = "MFN_CONFORMANCE_API_KEY", hide_env_values = true, value_name = "KEY")]
    pub(super) api_key: Option<Unprinted>,

    #[command(flatten)]
    pub(super) calls: Calls,

    #[command(flatten)]
    pub(super) expect: Expect,

    /// File to write the report to in JSON, for a later --baseline
    #[arg(long, value_name = "FILE")]
    pub(super) save: Option<PathBuf>,

    /// File that --save wrote, to compare with
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,

    /// How to print the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,

    /// Where to write the report [default: -, standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

fn turn(text: &str) -> Result<Duration, String> {
    values::between(text, MIN_TURN, MAX_TURN)
}

fn starts(text: &str) -> Result<u64, String> {
    let starts = text.parse().ok();
    let starts = starts.filter(|starts| *starts == 1 || (MIN_ROUNDS..=MAX_STARTS).contains(starts));
    starts.ok_or_else(|| format!("1 or a number of {MIN_ROUNDS} to {MAX_STARTS} is expected"))
}

impl Compare {
    /// Rounds after which servers are started anew; all of them if they are not.
    pub(super) fn rounds_a_start(&self) -> u64 {
        let is_command = |subject: &Subject| matches!(subject, Subject::Command(_));
        let starts = if is_command(&self.a) || is_command(&self.b) { self.starts } else { 1 };
        (self.rounds / starts).max(1)
    }

    /// How long the servers are called, and in which order.
    pub(super) fn turns(&self) -> Turns {
        Turns { rounds: self.rounds, length: self.turn, warm_up: self.warm_up, seed: self.order }
    }

    /// What stands about it in the report.
    pub(super) fn parameters(&self) -> Parameters {
        Parameters {
            method: self.calls.method.full_name().to_owned(),
            data: self.calls.data.clone(),
            seed: self.calls.seed().to_string(),
            connections: self.calls.connections,
            streams: self.calls.streams,
            threads: self.calls.sharing_cores().threads(),
            signed: self.api_key.is_some(),
            turn_seconds: self.turn.as_secs_f64(),
            rounds: self.rounds,
            starts: self.rounds.div_ceil(self.rounds_a_start()),
            rounds_a_start: self.rounds_a_start(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::judge;
    use crate::expect::Expectation;

    #[test]
    fn the_help_on_expectations_has_figures_of_a_comparison() {
        let command = Compare::augment_args(clap::Command::new("compare"));
        let names = judge::names();
        for flag in ["list", "file"] {
            let flag = command.get_arguments().find(|argument| argument.get_id() == flag);
            let help = flag.and_then(clap::Arg::get_help).expect("it has help").to_string();
            let quoted: Vec<_> = help.split(['\'', '"']).skip(1).step_by(2).collect();
            assert!(!quoted.is_empty(), "{help}");
            for example in quoted {
                let Expectation { figure, .. } = example.parse().expect("well-formed");
                assert_eq!(names.check(&figure), Ok(()));
            }
        }
    }
}
