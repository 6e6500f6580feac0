//! Results for programs: one JSON object, with the wire's field names, the same for
//! what is computed here and for what a server answers.

use std::fmt;
use std::io::{self, BufWriter, Write as _};

use mfn_core::{Features, SimulationParams, Summary};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// What was asked, and what came of it.
#[derive(Serialize)]
pub(crate) struct Answer<Request, Outcome> {
    pub(crate) request: Request,
    pub(crate) result: Outcome,
    /// What a server adds, which tells of the call and not of what was computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) call: Option<Fields>,
}

impl<Request: Serialize, Outcome: Serialize> Answer<Request, Outcome> {
    /// Of what was computed here.
    pub(crate) fn new(request: Request, result: Outcome) -> Self {
        Self { request, result, call: None }
    }

    /// Prints it. Doubles have the fewest digits that read back to the same
    /// bits.
    ///
    /// # Errors
    /// Standard output cannot be written to.
    pub(crate) fn print(&self) -> io::Result<()> {
        let mut out = BufWriter::new(io::stdout().lock());
        serde_json::to_writer_pretty(&mut out, self)?;
        writeln!(out)?;
        out.flush()
    }

    /// The same on one line, with its end.
    ///
    /// # Errors
    /// There is none that a caller could bring about.
    pub(crate) fn line(&self) -> io::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }
}

/// The fields of an object, in the order of the wire.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fields(pub(crate) Vec<(String, Value)>);

impl Fields {
    /// With one more.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.push((name.to_owned(), value.into()));
        self
    }
}

/// As JSON, on one line.
impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// A simulation's parameters. No simulation's request has jitter on the wire, so it shows
/// only if it is on.
pub(crate) fn simulation_request(params: &SimulationParams) -> Fields {
    let fields = Fields::default()
        .with("seed", params.seed())
        .with("grid_size", params.grid_size())
        .with("steps", params.steps())
        .with("alpha", params.alpha())
        .with("spike_probability", params.spike_probability())
        .with("turing_enabled", params.turing_enabled());
    if params.quantum_jitter() { fields.with("quantum_jitter", true) } else { fields }
}

/// What a `SimulationResult` says of a state.
pub(crate) fn simulation_result(summary: &Summary) -> Fields {
    let statistics = summary.statistics;
    Fields::default()
        .with("growth_events", summary.growth_events)
        .with("pot_min_mV", statistics.min_mv)
        .with("pot_max_mV", statistics.max_mv)
        .with("pot_mean_mV", statistics.mean_mv)
        .with("pot_std_mV", statistics.std_mv)
        .with("fractal_dimension", summary.fractal_dimension)
}

/// What a `FeatureResponse` says of a state.
pub(crate) fn feature_response(features: &Features) -> Fields {
    Fields::default()
        .with("fractal_dimension", features.fractal_dimension)
        .with("lacunarity", features.lacunarity)
        .with("hurst_exponent", features.hurst_exponent)
        .with("spectral_energy_mean", features.spectral_energy_mean)
        .with("spectral_energy_std", features.spectral_energy_std)
        .with("active_nodes", features.active_nodes)
        .with("edge_density", features.edge_density)
        .with("clustering_coefficient", features.clustering_coefficient)
}
