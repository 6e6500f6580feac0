//! The fast core, in the place of the reference.

use conformance::reference::{Core, Fields, fields};
use mfn_core::{Features, Simulation, SimulationParams, Summary, Validation, ValidationParams};
use serde_json::json;

/// The core that serves.
pub(crate) struct Fast(Simulation);

impl Core for Fast {
    fn start(params: SimulationParams) -> Self {
        Self(Simulation::new(params))
    }

    fn advance_to(&mut self, step: u32) {
        self.0.advance_to(step);
    }

    fn summary(&self) -> Summary {
        self.0.summary()
    }

    fn features(&self) -> Fields {
        let of = Features::of(self.0.field_v(), self.0.params().grid_size());
        fields(json!({
            "fractal_dimension": of.fractal_dimension,
            "lacunarity": of.lacunarity,
            "hurst_exponent": of.hurst_exponent,
            "spectral_energy_mean": of.spectral_energy_mean,
            "spectral_energy_std": of.spectral_energy_std,
            "active_nodes": of.active_nodes,
            "edge_density": of.edge_density,
            "clustering_coefficient": of.clustering_coefficient,
        }))
    }

    fn field_mv(&self) -> Vec<f64> {
        self.0.field_mv()
    }

    fn validation(params: ValidationParams) -> Validation {
        Validation::run(&params)
    }
}
