//! Where the rows of a sweep are computed: in this process, or by a server.

use std::time::Duration;

use mfn_client::{
    Client, Code, Error, FeatureRequest, FeatureResponse, SimulationRequest, SimulationResult,
};
use mfn_core::{Features, Simulation, SimulationParams, Statistics, Summary};

use crate::commands::refusal;
use crate::failure::Failure;
use crate::json::{Fields, feature_response, simulation_result};

/// The shortest wait for a limit, whatever the server says.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);

/// Who computes.
#[derive(Clone)]
pub(super) enum Computer {
    /// The threads of the runtime for what blocks.
    ThisProcess,
    Server(Client),
}

impl Computer {
    /// The results of a row, with the `features` of its final field or not.
    ///
    /// # Errors
    /// The server cannot be called, or refuses.
    pub(super) async fn results(
        self,
        params: SimulationParams,
        features: bool,
    ) -> Result<Fields, Failure> {
        let (summary, features) = match self {
            Self::ThisProcess => {
                let computed = tokio::task::spawn_blocking(move || compute(params, features)).await;
                computed.map_err(|error| Failure::work("a computation has failed", error))?
            }
            Self::Server(client) => {
                let called = call(&client, params, features).await;
                called.map_err(|error| refusal::of(&error))?
            }
        };
        let mut results = simulation_result(&summary);
        // The dimension is among the statistics already.
        let others =
            features.iter().flat_map(|features| feature_response(features).0.into_iter().skip(1));
        results.0.extend(others);
        Ok(results)
    }
}

/// The names of the results.
pub(super) fn names(features: bool) -> Vec<String> {
    let nothing = Statistics { min_mv: 0.0, max_mv: 0.0, mean_mv: 0.0, std_mv: 0.0 };
    let summary =
        Summary { step: 0, growth_events: 0, statistics: nothing, fractal_dimension: 0.0 };
    let mut names = simulation_result(&summary).0;
    if features {
        names.extend(feature_response(&Features::default()).0.into_iter().skip(1));
    }
    names.into_iter().map(|(name, _)| name).collect()
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
