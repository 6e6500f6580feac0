//! `fixtures/known-answers.json`, which an independent implementation made.

use std::fs::File;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::words::{Purpose, Words};
use crate::{InstructionSet, Simulation, SimulationParams, SimulationSettings, normal, reference};

#[derive(Deserialize)]
struct KnownWords {
    seed: i64,
    stream: u64,
    first: Vec<String>,
}

#[derive(Deserialize)]
struct KnownNormal {
    word: String,
    normal: f64,
}

#[derive(Deserialize)]
struct KnownRun {
    request: Request,
    result: RunResult,
}

#[derive(Deserialize)]
pub(crate) struct Request {
    seed: i64,
    grid_size: i32,
    steps: i32,
    alpha: f64,
    spike_probability: f64,
    turing_enabled: bool,
}

#[derive(Debug, PartialEq, Deserialize)]
struct RunResult {
    growth_events: u32,
    #[serde(rename = "pot_min_mV")]
    min_mv: f64,
    #[serde(rename = "pot_max_mV")]
    max_mv: f64,
    #[serde(rename = "pot_mean_mV")]
    mean_mv: f64,
    #[serde(rename = "pot_std_mV")]
    std_mv: f64,
    fractal_dimension: f64,
}

/// The entries under `section`. The JSON parser reads doubles exactly
/// (`float_roundtrip`), so `==` compares bits: none is zero or NaN.
pub(crate) fn section<T: DeserializeOwned>(section: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/known-answers.json");
    let file = File::open(path).expect("the fixture is in the repository");
    let mut all: serde_json::Value = serde_json::from_reader(file).expect("the fixture is JSON");
    let section = all[section].take();
    assert!(section.as_array().is_some_and(|entries| !entries.is_empty()));
    serde_json::from_value(section).expect("the section has the form expected")
}

impl Request {
    pub(crate) fn params(&self) -> SimulationParams {
        SimulationParams::try_from(SimulationSettings {
            seed: self.seed,
            grid_size: self.grid_size,
            steps: self.steps,
            alpha: self.alpha,
            spike_probability: self.spike_probability,
            turing_enabled: self.turing_enabled,
            quantum_jitter: false,
        })
        .expect("known answers have admissible parameters")
    }
}

fn hex(word: &str) -> u64 {
    u64::from_str_radix(word, 16).expect("words are hexadecimal")
}

// shows MFN-WORD-001, MFN-WORD-002, MFN-WORD-003, MFN-WORD-004
#[test]
fn words() {
    for known in section::<Vec<KnownWords>>("words") {
        let first: Vec<u64> = known.first.iter().map(|word| hex(word)).collect();
        let mut fast = Words::numbered(known.seed, known.stream);
        let mut plain = reference::Stream::new(known.seed, known.stream);
        let mut filled = vec![0; first.len()];
        fast.fill(0, &mut filled);
        assert_eq!(filled, first);
        for (k, &word) in first.iter().enumerate().rev() {
            assert_eq!(fast.at(k as u64), word);
            assert_eq!(plain.word(k as u64), word);
        }
    }
}

// shows MFN-WORD-007, MFN-WORD-008
#[test]
fn normals() {
    for known in section::<Vec<KnownNormal>>("normals") {
        let word = hex(&known.word);
        assert_eq!(normal::normal(word).to_bits(), known.normal.to_bits());
        assert_eq!(reference::normal(word).to_bits(), known.normal.to_bits());
    }
}

// shows MFN-WORD-004
#[test]
fn a_stream_is_numbered_by_sample_and_purpose() {
    let purposes = [
        Purpose::Field,
        Purpose::Activator,
        Purpose::Inhibitor,
        Purpose::Growth,
        Purpose::Jitter,
        Purpose::Ifs,
        Purpose::Network,
        Purpose::Shuffle,
    ];
    for sample in [0, 1, 16] {
        for (base, purpose) in (0..).zip(purposes) {
            let word = Words::new(7, sample, purpose).at(0);
            let number = 256 * u64::from(sample) + base;
            assert_eq!(word, reference::Stream::new(7, number).word(0), "{sample} {purpose:?}");
        }
    }
}

// shows MFN-ARITH-001, MFN-SIM-001, MFN-SIM-004, MFN-SIM-005, MFN-STAT-001, MFN-STAT-002,
// MFN-STAT-003, MFN-STAT-004, MFN-STAT-006
#[test]
fn run_simulation() {
    for known in section::<Vec<KnownRun>>("run_simulation") {
        for set in InstructionSet::available() {
            let params = known.request.params();
            let mut simulation = Simulation::with_instruction_set(params, set);
            simulation.advance_to(params.steps());
            let summary = simulation.summary();
            let result = RunResult {
                growth_events: summary.growth_events,
                min_mv: summary.statistics.min_mv,
                max_mv: summary.statistics.max_mv,
                mean_mv: summary.statistics.mean_mv,
                std_mv: summary.statistics.std_mv,
                fractal_dimension: summary.fractal_dimension,
            };
            assert_eq!(result, known.result, "{} {params:?}", set.name());
        }
    }
}
