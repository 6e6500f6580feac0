//! Where the rows of a sweep are computed: in this process, or by a server.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use mfn_client::{
    Client, Code, Error, FeatureRequest, FeatureResponse, SimulationRequest, SimulationResult,
};
use mfn_core::{Features, Simulation, SimulationParams, Statistics, Summary};
use tokio::task::spawn_blocking;

use super::plan::Plan;
use super::row::{Format, parameters};
use crate::commands::refusal;
use crate::failure::Failure;
use crate::json::{feature_response, simulation_result};

/// Cells times steps that a thread computes in one go, some milliseconds of work.
const PART_COST: u64 = 1 << 23;
/// Most rows of a part.
const MAX_PART_ROWS: u64 = 64;
/// The shortest wait for a limit, whatever the server says.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);

/// Who computes.
#[derive(Clone)]
pub(super) enum Computer {
    /// The threads of the runtime for what blocks.
    ThisProcess,
    Server(Client),
}

/// Rows that come one after the other, as lines of text.
pub(super) struct Part {
    pub(super) text: Vec<u8>,
    pub(super) rows: u64,
}

impl Computer {
    /// How many rows are computed in one go, if they are like these. With many small ones
    /// threads and the one that writes have more to do than hand rows to each other.
    pub(super) fn rows_a_part(&self, params: &SimulationParams) -> u64 {
        match self {
            Self::ThisProcess => {
                let cells = (params.grid_size() * params.grid_size()) as u64;
                (PART_COST / (cells * u64::from(params.steps()))).clamp(1, MAX_PART_ROWS)
            }
            Self::Server(_) => 1,
        }
    }

    /// Some rows of a plan.
    ///
    /// # Errors
    /// The server cannot be called, or refuses.
    pub(super) async fn part(
        self,
        plan: Arc<Plan>,
        format: Format,
        rows: Range<u64>,
    ) -> Result<Part, Failure> {
        match self {
            Self::ThisProcess => {
                let computed = spawn_blocking(move || part_here(&plan, format, rows)).await;
                computed.map_err(|error| Failure::work("a computation has failed", error))?
            }
            Self::Server(client) => {
                let mut part = Part { text: Vec::new(), rows: 0 };
                for row in rows {
                    let params = plan.params(row)?;
                    let called = call(&client, params, plan.features).await;
                    let (summary, features) = called.map_err(|error| refusal::of(&error))?;
                    part.add(&plan, format, &params, &summary, features.as_ref())?;
                }
                Ok(part)
            }
        }
    }
}

fn part_here(plan: &Plan, format: Format, rows: Range<u64>) -> Result<Part, Failure> {
    let mut part = Part { text: Vec::new(), rows: 0 };
    for row in rows {
        let params = plan.params(row)?;
        let (summary, features) = compute(params, plan.features);
        part.add(plan, format, &params, &summary, features.as_ref())?;
    }
    Ok(part)
}

impl Part {
    fn add(
        &mut self,
        plan: &Plan,
        format: Format,
        params: &SimulationParams,
        summary: &Summary,
        features: Option<&Features>,
    ) -> Result<(), Failure> {
        let mut results = simulation_result(summary);
        // The dimension is among the statistics already.
        let others = features.map(|features| feature_response(features).0.into_iter().skip(1));
        results.0.extend(others.into_iter().flatten());
        self.text.extend(format.line(parameters(plan, params), results)?);
        self.rows += 1;
        Ok(())
    }
}

fn compute(params: SimulationParams, features: bool) -> (Summary, Option<Features>) {
    let simulation = Simulation::run(params);
    let features = features.then(|| Features::of(simulation.field_v(), params.grid_size()));
    (simulation.summary(), features)
}

async fn call(
    client: &Client,
    params: SimulationParams,
    features: bool,
) -> Result<(Summary, Option<Features>), Error> {
    let summary = patiently(|| client.run_simulation(simulation_request(&params))).await?;
    let features = if features {
        Some(patiently(|| client.extract_features(feature_request(&params))).await?)
    } else {
        None
    };
    Ok((summary_of(&summary), features.as_ref().map(features_of)))
}

/// Makes a call until no limit is in its way: a sweep is to end, not to be the first.
async fn patiently<T, Called: Future<Output = Result<T, Error>>>(
    call: impl Fn() -> Called,
) -> Result<T, Error> {
    loop {
        match call().await {
            Err(error) if error.code() == Code::ResourceExhausted => match error.retry_after() {
                Some(wait) => tokio::time::sleep(wait.max(SHORTEST_WAIT)).await,
                None => return Err(error),
            },
            done => return done,
        }
    }
}

fn simulation_request(params: &SimulationParams) -> SimulationRequest {
    SimulationRequest {
        seed: params.seed() as i32,
        grid_size: params.grid_size() as i32,
        steps: params.steps() as i32,
        alpha: params.alpha(),
        spike_probability: Some(params.spike_probability()),
        turing_enabled: params.turing_enabled(),
        ..SimulationRequest::default()
    }
}

fn feature_request(params: &SimulationParams) -> FeatureRequest {
    FeatureRequest {
        seed: params.seed() as i32,
        grid_size: params.grid_size() as i32,
        steps: params.steps() as i32,
        alpha: params.alpha(),
        spike_probability: Some(params.spike_probability()),
        turing_enabled: params.turing_enabled(),
        ..FeatureRequest::default()
    }
}

fn summary_of(answer: &SimulationResult) -> Summary {
    Summary {
        step: 0,
        growth_events: answer.growth_events as u32,
        statistics: Statistics {
            min_mv: answer.pot_min_m_v,
            max_mv: answer.pot_max_m_v,
            mean_mv: answer.pot_mean_m_v,
            std_mv: answer.pot_std_m_v,
        },
        fractal_dimension: answer.fractal_dimension,
    }
}

fn features_of(answer: &FeatureResponse) -> Features {
    Features {
        fractal_dimension: answer.fractal_dimension,
        lacunarity: answer.lacunarity,
        hurst_exponent: answer.hurst_exponent,
        spectral_energy_mean: answer.spectral_energy_mean,
        spectral_energy_std: answer.spectral_energy_std,
        active_nodes: answer.active_nodes as u32,
        edge_density: answer.edge_density,
        clustering_coefficient: answer.clustering_coefficient,
    }
}
