//! What is counted.

use std::hint::black_box;
use std::io::{self, Write as _};
use std::process::ExitCode;

use mfn_benches::params;
use mfn_core::validation::Sample;
use mfn_core::words::{Purpose, Words};
use mfn_core::{
    Features, InstructionSet, Simulation, Validation, ValidationParams, ValidationSettings, normal,
};

use crate::call::Protocol;
use crate::server::{self, From};

/// Valgrind knows no wider one.
const WIDEST: &str = "x86-64-v3";

pub(crate) struct Work {
    pub(crate) name: &'static str,
    /// How often it is repeated for a count.
    pub(crate) times: u32,
    /// Makes all that the work needs, which is not counted.
    prepare: fn() -> Box<dyn FnMut()>,
}

/// All works, the kernels of the core before whole calls.
pub(crate) const ALL: &[Work] = &[
    Work { name: "words", times: 1, prepare: words },
    Work { name: "normals", times: 1, prepare: normals },
    Work { name: "start-128", times: 1, prepare: || start(128) },
    Work { name: "stencil-64", times: 1, prepare: || stencil(64, 64) },
    Work { name: "stencil-100", times: 1, prepare: || stencil(100, 32) },
    Work { name: "stencil-512", times: 1, prepare: || stencil(512, 4) },
    Work { name: "turing-64", times: 1, prepare: turing },
    Work { name: "summary-256", times: 1, prepare: summary },
    Work { name: "features-64", times: 1, prepare: || features(64) },
    Work { name: "features-100", times: 1, prepare: || features(100) },
    Work { name: "training", times: 1, prepare: training },
    Work { name: "call", times: 500, prepare: || server::call(false, From::Computation) },
    Work { name: "call-with-key", times: 500, prepare: || server::call(true, From::Computation) },
    Work {
        name: "call-with-metrics",
        times: 500,
        prepare: || server::call_with_metrics(From::Computation),
    },
    Work { name: "call-from-cache", times: 500, prepare: || server::call(true, From::Cache) },
    Work { name: "call-by-grpc-web", times: 500, prepare: || server::call_by(Protocol::GrpcWeb) },
    Work { name: "call-by-json", times: 500, prepare: || server::call_by(Protocol::ConnectJson) },
    Work {
        name: "call-by-json-http1",
        times: 500,
        prepare: || server::call_over_http1_by(Protocol::ConnectJson),
    },
];

/// Does a work once, so that all is there that is made when it is first needed, and
/// then `times` again.
pub(crate) fn run(name: &str, times: &str) -> ExitCode {
    let work = ALL.iter().find(|work| work.name == name);
    let (Some(work), Ok(times)) = (work, times.parse::<u32>()) else {
        writeln!(io::stderr(), "error: there is no work '{name}', or no number '{times}'").ok();
        return ExitCode::from(2);
    };
    let mut work = (work.prepare)();
    for _ in 0..=times {
        work();
    }
    // The threads of a server have nothing left to say.
    std::process::exit(0)
}

/// The widest instruction set that valgrind knows, of those that this machine has.
pub(crate) fn instruction_set() -> InstructionSet {
    let sets = InstructionSet::available();
    let widest = sets.iter().position(|set| set.name() == WIDEST);
    sets[widest.unwrap_or(sets.len() - 1)]
}

fn simulation(size: i32, turing_enabled: bool) -> Simulation {
    Simulation::with_instruction_set(params(size, 10_000, turing_enabled), instruction_set())
}

fn words() -> Box<dyn FnMut()> {
    let mut words = vec![0; 1 << 16];
    Box::new(move || Words::new(42, 0, Purpose::Field).fill(0, black_box(&mut words)))
}

fn normals() -> Box<dyn FnMut()> {
    let mut words = vec![0; 1 << 14];
    Words::new(42, 0, Purpose::Field).fill(0, &mut words);
    Box::new(move || {
        black_box(black_box(&words).iter().map(|word| normal::normal(*word)).sum::<f64>());
    })
}

fn start(size: i32) -> Box<dyn FnMut()> {
    Box::new(move || {
        black_box(simulation(black_box(size), false));
    })
}

fn stencil(size: i32, steps: u32) -> Box<dyn FnMut()> {
    let start = simulation(size, false);
    Box::new(move || {
        let mut simulation = black_box(&start).clone();
        simulation.advance_to(steps);
        black_box(simulation);
    })
}

/// Steps at which the activator grows.
fn turing() -> Box<dyn FnMut()> {
    const FROM: u32 = 300;
    let mut start = simulation(64, true);
    start.advance_to(FROM);
    Box::new(move || {
        let mut simulation = black_box(&start).clone();
        simulation.advance_to(FROM + 32);
        black_box(simulation);
    })
}

fn summary() -> Box<dyn FnMut()> {
    let simulation = simulation(256, false);
    Box::new(move || {
        black_box(black_box(&simulation).summary());
    })
}

fn features(size: i32) -> Box<dyn FnMut()> {
    let mut simulation = simulation(size, false);
    simulation.advance_to(16);
    Box::new(move || {
        let field = black_box(simulation.field_v());
        black_box(Features::with_instruction_set(field, size as usize, instruction_set()));
    })
}

/// One pass, with the widest instruction set that is seen: under valgrind the same.
fn training() -> Box<dyn FnMut()> {
    let settings = ValidationSettings { epochs: 1, ..ValidationSettings::default() };
    let params = ValidationParams::try_from(settings).expect("the benches' are admissible");
    let samples = params.simulations().map(|params| {
        let mut simulation = Simulation::with_instruction_set(params, instruction_set());
        simulation.advance_to(params.steps());
        Sample::of(&simulation)
    });
    Box::new(move || {
        black_box(Validation::conclude(&params, black_box(&samples)));
    })
}
