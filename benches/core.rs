//! What the core's computations cost, one criterion group a subject.
//!
//! `cargo bench --bench core`. For ratios that can be compared between
//! machines, see `ratios.rs`.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::SystemTime;

use clap::Parser;
use criterion::{BenchmarkId, Criterion, Throughput};
use mfn_benches::params;
use mfn_benches::report::{ReportOptions, exit_code};
use mfn_core::{
    Features, InstructionSet, Simulation, Validation, ValidationParams, ValidationSettings,
    reference,
};
use serde_json::Value;

/// `RunSimulation`'s computation, from checked parameters to its numbers, by
/// the fast code and once by the plain code.
fn run_simulation(c: &mut Criterion) {
    let mut group = c.benchmark_group("run_simulation");
    for (size, steps) in [(16, 16), (64, 64), (256, 64)] {
        let params = params(size, steps, true);
        let id = format!("{size}x{size}x{steps}");
        group.bench_function(id, |b| {
            b.iter(|| Simulation::run(black_box(params)).summary());
        });
    }
    let plain = reference::Parameters {
        seed: 42,
        sub: 0,
        n: 64,
        alpha: 0.18,
        p: 0.25,
        turing: true,
        jitter: false,
    };
    group.bench_function("reference/64x64x64", |b| {
        b.iter(|| {
            let mut simulation = reference::Simulation::new(black_box(plain), reference::MODEL);
            for _ in 0..64 {
                simulation.step();
            }
            reference::summary(&simulation.v, plain.n)
        });
    });
    group.finish();
}

/// Steps that are made between two looks at the field.
const STEPS: u32 = 32;

/// Steps alone, in cell updates a second, for every instruction set.
fn diffusion(c: &mut Criterion) {
    let mut group = c.benchmark_group("diffusion");
    for size in [64, 256, 1024] {
        for set in InstructionSet::available() {
            let params = params(size, 10_000, true);
            let start = Simulation::with_instruction_set(params, set);
            let mut simulation = start.clone();
            group.throughput(Throughput::Elements((size * size) as u64 * u64::from(STEPS)));
            group.bench_function(BenchmarkId::new(set.name(), size), |b| {
                b.iter(|| {
                    if simulation.is_finished() {
                        simulation = start.clone();
                    }
                    simulation.advance_to(simulation.steps_done() + STEPS);
                });
            });
        }
    }
    group.finish();
}

/// All features of one field: powers of two have a transform of their own.
fn features(c: &mut Criterion) {
    let mut group = c.benchmark_group("features");
    for size in [16, 64, 100, 256] {
        let simulation = Simulation::run(params(size, 16, true));
        group.bench_function(format!("{size}x{size}"), |b| {
            b.iter(|| Features::of(black_box(simulation.field_v()), size as usize));
        });
    }
    group.finish();
}

/// `ValidatePattern`'s computation on one thread.
fn validation(c: &mut Criterion) {
    let params = ValidationParams::try_from(ValidationSettings::default())
        .expect("the defaults are admissible");
    c.bench_function("validation/defaults", |b| b.iter(|| Validation::run(black_box(&params))));
}

/// The single costs of the core's computations, by criterion, which compares them with those of
/// the last run
#[derive(Parser)]
#[command(bin_name = "cargo bench --bench core --")]
struct Options {
    /// Measure only what has this in its name, e.g. `diffusion/x86-64-v3`
    filter: Option<String>,

    #[command(flatten)]
    report: ReportOptions,
}

fn main() -> ExitCode {
    exit_code(measure(Options::parse()), false)
}

fn measure(options: Options) -> Result<bool, Box<dyn Error>> {
    let report = options.report.open()?;
    if report.lines_go_to_stderr() {
        report.finish(&measured_in_a_child(options.filter.as_deref())?)?;
        return Ok(true);
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("criterion");
    let mut criterion = Criterion::default().output_directory(&folder);
    if let Some(filter) = options.filter {
        criterion = criterion.with_filter(filter);
    }
    let start = SystemTime::now();
    for group in [run_simulation, diffusion, features, validation] {
        group(&mut criterion);
    }
    criterion.final_summary();
    report.finish(&figures(&folder, start)?)?;
    Ok(true)
}

/// The figures of this program, run once more: criterion prints to standard output,
/// which is then standard error.
fn measured_in_a_child(filter: Option<&str>) -> Result<Value, Box<dyn Error>> {
    let figures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("core.json");
    let mut child = Command::new(std::env::current_exe()?);
    child.arg("--json").arg(&figures).args(filter).stdout(io::stderr());
    let status = child.status()?;
    if !status.success() {
        return Err(format!("the measurement ended with {status}").into());
    }
    json(&figures)
}

/// Median of each cost in nanoseconds, with its interval of 95 %, by name: what
/// criterion has written since `start`.
fn figures(folder: &Path, start: SystemTime) -> Result<BTreeMap<String, Value>, Box<dyn Error>> {
    let mut figures = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            }
        }
        let estimates = folder.join("estimates.json");
        if folder.ends_with("new") && fs::metadata(&estimates)?.modified()? >= start {
            let name = json(&folder.join("benchmark.json"))?["full_id"].take();
            let median = &json(&estimates)?["median"];
            let interval = &median["confidence_interval"];
            let figure = serde_json::json!({
                "median_ns": median["point_estimate"],
                "interval_95_ns": [interval["lower_bound"], interval["upper_bound"]],
            });
            figures.insert(name.as_str().unwrap_or_default().to_owned(), figure);
        }
    }
    Ok(figures)
}

fn json(path: &Path) -> Result<Value, Box<dyn Error>> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}
