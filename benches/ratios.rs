//! Ratios between costs, each taken within one run, so that they can be
//! compared between machines and gated in CI.
//!
//! `cargo bench --bench ratios` prints a table; with `-- --check` the exit
//! code is 1 if a ratio misses its goal. The two sides of a ratio are measured
//! in turn, many times, and the medians are divided.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use mfn_benches::params;
use mfn_benches::report::{ReportOptions, exit_code};
use mfn_core::{
    Features, FrameInterval, InstructionSet, Simulation, Validation, ValidationParams,
    ValidationSettings, reference,
};
use serde::Serialize;

/// How often each side of a ratio is measured.
const ROUNDS: usize = 41;

/// What a ratio should be.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

struct Ratio {
    name: &'static str,
    goal: Goal,
    numerator: fn(),
    denominator: fn(),
}

const RATIOS: &[Ratio] = &[
    Ratio {
        name: "RunSimulation 64x64x64: reference / fast",
        goal: Goal::AtLeast(6.0),
        numerator: || reference_run(false),
        denominator: || fast_run(false),
    },
    Ratio {
        name: "RunSimulation 64x64x64, Turing on: reference / fast",
        goal: Goal::AtLeast(6.0),
        numerator: || reference_run(true),
        denominator: || fast_run(true),
    },
    Ratio {
        name: "StreamSimulation of 100 steps every 30 / RunSimulation of 100 steps",
        goal: Goal::AtMost(1.5),
        numerator: || stream(30, summarise),
        denominator: || stream(100, summarise),
    },
    Ratio {
        name: "ExtractFeatures / RunSimulation, 64x64x64",
        goal: Goal::AtMost(2.5),
        numerator: extract_features,
        denominator: || fast_run(false),
    },
    Ratio {
        name: "ValidatePattern at its defaults / RunSimulation 64x64x64",
        goal: Goal::AtMost(25.0),
        numerator: validate_pattern,
        denominator: || fast_run(false),
    },
    Ratio {
        name: "StreamFeatures of 100 steps every 10 / one simulation and 10 extractions",
        goal: Goal::AtMost(1.15),
        numerator: || stream(10, extract),
        denominator: one_simulation_and_ten_extractions,
    },
];

/// Compare costs with each other, each pair measured within one run
#[derive(Parser)]
#[command(bin_name = "cargo bench --bench ratios --")]
struct Options {
    /// Exit with the code 1 if a ratio misses its goal
    #[arg(long)]
    check: bool,

    #[command(flatten)]
    report: ReportOptions,
}

/// The figures, as programs read them.
#[derive(Serialize)]
struct Figures {
    instruction_set: &'static str,
    diffusion_updates_per_ns: f64,
    ratios: Vec<Measured>,
}

#[derive(Serialize)]
struct Measured {
    name: &'static str,
    ratio: f64,
    #[serde(flatten)]
    goal: Goal,
    met: bool,
    numerator_us: f64,
    denominator_us: f64,
}

fn main() -> ExitCode {
    let Options { check, report } = Options::parse();
    exit_code(compare(report), check)
}

/// Prints the table; whether all ratios meet their goals.
fn compare(options: ReportOptions) -> Result<bool, Box<dyn Error>> {
    let report = options.open()?;
    let instruction_set = InstructionSet::detect().name();
    report.line(format_args!("instruction set: {instruction_set}"))?;
    let rate = diffusion_rate();
    report.line(format_args!("diffusion 256x256: {rate:.2} cell updates a nanosecond"))?;
    let mut ratios = Vec::new();
    for ratio in RATIOS {
        let measured = ratio.measure();
        report.line(&measured)?;
        ratios.push(measured);
    }
    let all_met = ratios.iter().all(|ratio| ratio.met);
    report.finish(&Figures { instruction_set, diffusion_updates_per_ns: rate, ratios })?;
    Ok(all_met)
}

impl Ratio {
    fn measure(&self) -> Measured {
        let (numerator, denominator) = medians(self);
        let ratio = numerator.as_secs_f64() / denominator.as_secs_f64();
        let met = match self.goal {
            Goal::AtLeast(goal) => ratio >= goal,
            Goal::AtMost(goal) => ratio <= goal,
        };
        let us = |duration: Duration| duration.as_secs_f64() * 1e6;
        let (numerator_us, denominator_us) = (us(numerator), us(denominator));
        Measured { name: self.name, ratio, goal: self.goal, met, numerator_us, denominator_us }
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, ratio, numerator_us, denominator_us, .. } = self;
        let goal = match self.goal {
            Goal::AtLeast(goal) => format!("at least {goal}"),
            Goal::AtMost(goal) => format!("at most {goal}"),
        };
        let verdict = if self.met { "met" } else { "MISSED" };
        write!(f, "{name:<74} {ratio:>6.2}  {goal:<13} {verdict}")?;
        write!(f, "  ({numerator_us:.1} us / {denominator_us:.1} us)")
    }
}

/// Both sides in turn, so that what else the machine does meets both.
fn medians(ratio: &Ratio) -> (Duration, Duration) {
    let (mut numerators, mut denominators) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        numerators.push(time(ratio.numerator));
        denominators.push(time(ratio.denominator));
    }
    (median(numerators), median(denominators))
}

fn time(work: fn()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort();
    durations[durations.len() / 2]
}

/// Cell updates a nanosecond of the diffusion alone.
fn diffusion_rate() -> f64 {
    const SIZE: u32 = 256;
    const STEPS: u32 = 32;
    let mut simulation = Simulation::new(params(SIZE as i32, 10_000, false));
    let durations = (1..=ROUNDS as u32).map(|round| {
        let start = Instant::now();
        simulation.advance_to(round * STEPS);
        start.elapsed()
    });
    f64::from(SIZE * SIZE * STEPS) / median(durations.collect()).as_nanos() as f64
}

fn fast_run(turing_enabled: bool) {
    black_box(Simulation::run(black_box(params(64, 64, turing_enabled))).summary());
}

fn reference_run(turing: bool) {
    let parameters = reference::Parameters {
        seed: 42,
        sub: 0,
        n: 64,
        alpha: 0.18,
        p: 0.25,
        turing,
        jitter: false,
    };
    let mut simulation = reference::Simulation::new(black_box(parameters), reference::MODEL);
    for _ in 0..64 {
        simulation.step();
    }
    black_box(reference::summary(&simulation.v, 64));
}

fn summarise(simulation: &Simulation) {
    black_box(simulation.summary());
}

fn extract(simulation: &Simulation) {
    black_box(Features::of(simulation.field_v(), simulation.params().grid_size()));
}

/// All frames of a stream of 100 steps.
fn stream(interval: i32, look: fn(&Simulation)) {
    let interval = FrameInterval::try_from(interval).expect("an admissible interval");
    let mut simulation = Simulation::new(black_box(params(64, 100, false)));
    for step in interval.frames(100) {
        simulation.advance_to(step);
        look(&simulation);
    }
}

fn extract_features() {
    extract(&Simulation::run(black_box(params(64, 64, false))));
}

fn one_simulation_and_ten_extractions() {
    let simulation = Simulation::run(black_box(params(64, 100, false)));
    for _ in 0..10 {
        extract(&simulation);
    }
}

fn validate_pattern() {
    let params = ValidationParams::try_from(ValidationSettings::default())
        .expect("the benches' parameters are admissible");
    black_box(Validation::run(&black_box(params)));
}
