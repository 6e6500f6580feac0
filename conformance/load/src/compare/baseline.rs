//! A comparison that was saved.

use std::fmt::Display;
use std::path::Path;

use serde::Deserialize;

use super::machine::Machine;
use super::measured::Round;
use super::parameters::Parameters;
use crate::{Failure, values};

/// Longest file, in bytes: more than what `MAX_ROUNDS` rounds take.
const MAX_BYTES: u64 = 32 << 20;

/// A comparison that was saved, and how it differs from this one.
#[derive(Debug)]
pub(super) struct Baseline {
    pub(super) a: Vec<Round>,
    pub(super) b: Vec<Round>,
    pub(super) rounds_a_start: usize,
    /// What of the machine, the version and the calls is another one, a sentence
    /// each.
    pub(super) differences: Vec<String>,
}

/// What is read of the file.
#[derive(Deserialize)]
struct Saved {
    suite: String,
    machine: Machine,
    parameters: Parameters,
    a: SavedSide,
    b: SavedSide,
}

#[derive(Deserialize)]
struct SavedSide {
    rounds: Vec<Round>,
}

impl Baseline {
    /// The one in this file, beside a comparison with these parameters on this
    /// machine.
    ///
    /// # Errors
    /// It cannot be read, or is none.
    pub(super) fn read(path: &Path, parameters: &Parameters) -> Result<Self, Failure> {
        let bad = |why: &dyn Display| {
            Failure::Usage(format!("the baseline, '{}', {why}", path.display()))
        };
        let text = values::file(path, MAX_BYTES).map_err(|why| bad(&why))?;
        Self::parse(&text, parameters, &Machine::this())
            .map_err(|error| bad(&format!("is no report that --save wrote: {error}")))
    }

    fn parse(text: &str, now: &Parameters, machine: &Machine) -> Result<Self, serde_json::Error> {
        let then: Saved = serde_json::from_str(text)?;
        let mut differences = Vec::new();
        let mut compare = |what: &str, then: &dyn Display, now: &dyn Display| {
            let (then, now) = (then.to_string(), now.to_string());
            if then != now {
                differences.push(format!("{what} was {then} and is {now}"));
            }
        };
        compare("the version of the suite", &then.suite, &env!("CARGO_PKG_VERSION"));
        compare("the CPU", &then.machine.cpu, &machine.cpu);
        compare("the number of cores", &then.machine.cores, &machine.cores);
        compare("the kernel", &then.machine.kernel, &machine.kernel);
        let Parameters { method, data, seed, connections, streams, threads, .. } = &then.parameters;
        compare("the method", method, &now.method);
        compare("the request", data, &now.data);
        compare("the seed", seed, &now.seed);
        compare("the number of connections", connections, &now.connections);
        compare("the number of streams", streams, &now.streams);
        compare("the number of threads", threads, &now.threads);
        compare("signing", &then.parameters.signed, &now.signed);
        compare("the length of a turn", &then.parameters.turn_seconds, &now.turn_seconds);
        let rounds_a_start = then.parameters.rounds_as_one();
        Ok(Self { a: then.a.rounds, b: then.b.rounds, rounds_a_start, differences })
    }
}
