//! `mfn_core::reference`, which the suite compares servers with.

use mfn_core::{SimulationParams, Statistics, Summary, Validation, ValidationParams, reference};
use serde_json::json;

use super::{Core, Fields, fields};

/// The largest lattice whose features are computed in full. Plain code takes the
/// time N^3 for a spectrum and 1365 N^2 for a lacunarity: seconds for 1024 cells
/// along an edge.
const LARGEST_IN_FULL: usize = 256;

/// The reference in plain code, which the golden answers are made by.
#[derive(Debug)]
pub struct Plain {
    n: usize,
    step: u32,
    simulation: reference::Simulation,
}

impl Core for Plain {
    fn start(params: SimulationParams) -> Self {
        let parameters = reference::Parameters {
            seed: params.seed(),
            sub: params.sample().into(),
            n: params.grid_size(),
            alpha: params.alpha(),
            p: params.spike_probability(),
            turing: params.turing_enabled(),
            jitter: params.quantum_jitter(),
        };
        let simulation = reference::Simulation::new(parameters, reference::MODEL);
        Self { n: parameters.n, step: 0, simulation }
    }

    fn advance_to(&mut self, step: u32) {
        while self.step < step {
            self.simulation.step();
            self.step += 1;
        }
    }

    fn summary(&self) -> Summary {
        let of = reference::summary(&self.simulation.v, self.n);
        let statistics = Statistics {
            min_mv: of.min_mv,
            max_mv: of.max_mv,
            mean_mv: of.mean_mv,
            std_mv: of.std_mv,
        };
        Summary {
            step: self.step,
            growth_events: self.simulation.growth_events,
            statistics,
            fractal_dimension: of.fractal_dimension,
        }
    }

    fn features(&self) -> Fields {
        let (v, n) = (&self.simulation.v, self.n);
        if n > LARGEST_IN_FULL {
            let mv = self.field_mv();
            let threshold = reference::mean_v(v);
            let mask: Vec<bool> = v.iter().map(|&v| v > threshold).collect();
            return fields(json!({
                "fractal_dimension": reference::box_dimension(&mask, n),
                "hurst_exponent": reference::hurst_exponent(&reference::variogram(&mv, n)),
                "active_nodes": mask.iter().filter(|&&active| active).count(),
                "edge_density": reference::edge_density(&mask, n),
                "clustering_coefficient": reference::clustering_coefficient(&mask, n),
            }));
        }
        let of = reference::features(v, n);
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
        self.simulation.v.iter().map(|v| 1000.0 * v).collect()
    }

    fn validation(params: ValidationParams) -> Validation {
        let [sample, ..] = params.simulations();
        let of = reference::validation(reference::ValidationParameters {
            seed: params.seed(),
            epochs: params.epochs() as usize,
            batch: params.batch_size(),
            n: params.grid_size(),
            steps: sample.steps(),
            turing: sample.turing_enabled(),
            jitter: sample.quantum_jitter(),
        });
        Validation {
            loss_start: of.loss_start,
            loss_final: of.loss_final,
            loss_drop: of.loss_drop,
            pot_min_mv: of.pot_min_mv,
            pot_max_mv: of.pot_max_mv,
            example_fractal_dim: of.example_fractal_dim,
            lyapunov_exponent: of.lyapunov_exponent,
            growth_events: of.growth_events,
            nernst_symbolic_mv: of.nernst_symbolic_mv,
            nernst_numeric_mv: of.nernst_numeric_mv,
        }
    }
}
