//! Ratios between costs, each taken within one run, so that they can be
//! compared between machines and gated in CI.
//!
//! `cargo bench --bench ratios` prints a table; with `-- --check` the exit
//! code is 1 if a ratio misses its goal. The two sides of a ratio are measured
//! in turn, many times, and the medians are divided.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use mfn_core::{
    Features, FrameInterval, InstructionSet, Simulation, SimulationParams, SimulationSettings,
    Validation, ValidationParams, ValidationSettings, reference,
};

/// How often each side of a ratio is measured.
const ROUNDS: usize = 41;

/// What a ratio should be.
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

    /// What `cargo bench` tells every bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let Options { check, .. } = Options::parse();
    match compare() {
        Ok(all_met) if all_met || !check => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        // A check whose table nobody reads has come to no verdict.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe && !check => ExitCode::SUCCESS,
        Err(error) => {
            writeln!(io::stderr(), "error: cannot write to standard output: {error}").ok();
            ExitCode::FAILURE
        }
    }
}

/// Prints the table; whether all ratios meet their goals.
fn compare() -> io::Result<bool> {
    let mut out = io::stdout();
    writeln!(out, "instruction set: {}", InstructionSet::detect().name())?;
    writeln!(out, "diffusion 256x256: {:.2} cell updates a nanosecond", diffusion_rate())?;
    let mut all_met = true;
    for ratio in RATIOS {
        let (numerator, denominator) = medians(ratio);
        let value = numerator.as_secs_f64() / denominator.as_secs_f64();
        let (met, goal) = match ratio.goal {
            Goal::AtLeast(goal) => (value >= goal, format!("at least {goal}")),
            Goal::AtMost(goal) => (value <= goal, format!("at most {goal}")),
        };
        let verdict = if met { "met" } else { "MISSED" };
        writeln!(
            out,
            "{:<74} {value:>6.2}  {goal:<13} {verdict}  ({numerator:.1?} / {denominator:.1?})",
            ratio.name
        )?;
        all_met &= met;
    }
    Ok(all_met)
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

fn params(grid_size: i32, steps: i32, turing_enabled: bool) -> SimulationParams {
    let settings = SimulationSettings {
        seed: 42,
        grid_size,
        steps,
        turing_enabled,
        ..SimulationSettings::default()
    };
    SimulationParams::try_from(settings).expect("the benches' parameters are admissible")
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
