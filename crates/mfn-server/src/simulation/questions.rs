//! What clients ask, and what they are to be answered, by the core itself.

use std::cell::RefCell;
use std::collections::HashMap;

use mfn_core::{Features, Simulation};
use mfn_proto::{
    FeatureRequest, FeatureStreamRequest, PotentialField, SimulationRequest,
    SimulationStreamRequest, ValidationRequest,
};
use prost::Message;

use super::dice::Dice;
use crate::convert;

/// A kind of question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// So little that it is computed on the network's thread.
    SmallRun,
    Run,
    RunWithField,
    SmallStream,
    Stream,
    /// Far more than fits into a window, or a pipe.
    StreamWithField,
    Features,
    FeatureStream,
    Validation,
    /// Out of range.
    Impossible,
    UnknownMethod,
    NotGrpc,
    Health,
    /// The health for as long as the client likes.
    Watch,
}

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) kind: Kind,
    seed: i32,
}

const SIMULATION: &str = "/mfn.MFNSimulationService";
const FEATURES: &str = "/mfn.MFNFeaturesService";

impl Question {
    pub(super) fn of(kind: Kind) -> Self {
        Self { kind, seed: 0 }
    }

    pub(super) fn draw(dice: &mut Dice) -> Self {
        let kind = dice.weighted(&[
            (20, Kind::SmallRun),
            (14, Kind::Run),
            (8, Kind::RunWithField),
            (8, Kind::SmallStream),
            (12, Kind::Stream),
            (3, Kind::StreamWithField),
            (6, Kind::Features),
            (6, Kind::FeatureStream),
            (1, Kind::Validation),
            (4, Kind::Impossible),
            (3, Kind::UnknownMethod),
            (3, Kind::NotGrpc),
            (8, Kind::Health),
            (4, Kind::Watch),
        ]);
        Self { kind, seed: dice.between(0..=2) as i32 }
    }

    pub(super) fn path(self) -> String {
        match self.kind {
            Kind::SmallRun | Kind::Run | Kind::RunWithField | Kind::Impossible | Kind::NotGrpc => {
                format!("{SIMULATION}/RunSimulation")
            }
            Kind::SmallStream | Kind::Stream | Kind::StreamWithField => {
                format!("{SIMULATION}/StreamSimulation")
            }
            Kind::Features => format!("{FEATURES}/ExtractFeatures"),
            Kind::FeatureStream => format!("{FEATURES}/StreamFeatures"),
            Kind::Validation => "/mfn.MFNValidationService/ValidatePattern".to_owned(),
            Kind::UnknownMethod => format!("{SIMULATION}/Nothing"),
            Kind::Health => "/grpc.health.v1.Health/Check".to_owned(),
            Kind::Watch => "/grpc.health.v1.Health/Watch".to_owned(),
        }
    }

    /// Whether it is of health, which has neither limits nor lines.
    pub(super) fn is_health(self) -> bool {
        matches!(self.kind, Kind::Health | Kind::Watch)
    }

    /// Whether its answer is watched until its end, so that none of it is sent after the
    /// deadline.
    pub(super) fn is_streamed(self) -> bool {
        matches!(self.kind, Kind::Stream | Kind::StreamWithField | Kind::FeatureStream)
    }

    /// Whether its answer holds so much memory that it has to be read in time, by whoever is
    /// charged for it.
    pub(super) fn is_to_be_read_in_time(self) -> bool {
        self.kind == Kind::StreamWithField
    }

    /// Its message, encoded.
    pub(super) fn message(self) -> Vec<u8> {
        match self.kind {
            Kind::SmallRun | Kind::Run | Kind::RunWithField | Kind::NotGrpc => {
                self.run().encode_to_vec()
            }
            Kind::Impossible => SimulationRequest { grid_size: 3, ..self.run() }.encode_to_vec(),
            Kind::SmallStream | Kind::Stream | Kind::StreamWithField => {
                self.stream().encode_to_vec()
            }
            Kind::Features => self.features().encode_to_vec(),
            Kind::FeatureStream => self.feature_stream().encode_to_vec(),
            Kind::Validation => self.validation().encode_to_vec(),
            Kind::UnknownMethod | Kind::Health | Kind::Watch => Vec::new(),
        }
    }

    /// The messages of its answer, encoded and without an id, if it is answered with OK and
    /// ends by itself.
    pub(super) fn answer(self) -> Vec<Vec<u8>> {
        thread_local! {
            static COMPUTED: RefCell<HashMap<Question, Vec<Vec<u8>>>> = RefCell::default();
        }
        let known = COMPUTED.with_borrow(|computed| computed.get(&self).cloned());
        known.unwrap_or_else(|| {
            let answer = self.compute();
            COMPUTED.with_borrow_mut(|computed| computed.insert(self, answer.clone()));
            answer
        })
    }

    fn compute(self) -> Vec<Vec<u8>> {
        match self.kind {
            Kind::SmallRun | Kind::Run | Kind::RunWithField => {
                let params = convert::simulation(&self.run(), 0).expect("in range");
                let simulation = Simulation::run(params);
                let mut result = convert::simulation_result(&simulation);
                result.field = self.run().include_field.then(|| field(&simulation));
                vec![result.encode_to_vec()]
            }
            Kind::SmallStream | Kind::Stream | Kind::StreamWithField => {
                let request = self.stream();
                let (params, interval) = convert::simulation_stream(&request, 0).expect("in range");
                let mut simulation = Simulation::begin(params);
                let frame = |step| {
                    simulation.advance_to(step);
                    let mut frame = convert::simulation_frame(&request, &simulation);
                    frame.field = request.include_field.then(|| field(&simulation));
                    frame.encode_to_vec()
                };
                interval.frames(params.steps()).map(frame).collect()
            }
            Kind::Features => {
                let params = convert::features(&self.features(), 0).expect("in range");
                let features = features_of(&Simulation::run(params));
                vec![convert::feature_response(features).encode_to_vec()]
            }
            Kind::FeatureStream => {
                let request = self.feature_stream();
                let (params, interval) = convert::feature_stream(&request, 0).expect("in range");
                let mut simulation = Simulation::begin(params);
                let frame = |step| {
                    simulation.advance_to(step);
                    let features = features_of(&simulation);
                    convert::feature_frame(&request, &simulation, features).encode_to_vec()
                };
                interval.frames(params.steps()).map(frame).collect()
            }
            Kind::Validation => {
                let params = convert::validation(&self.validation(), 0).expect("in range");
                let validation = mfn_core::Validation::run(&params);
                vec![convert::validation_result(&validation).encode_to_vec()]
            }
            _ => Vec::new(),
        }
    }

    fn run(self) -> SimulationRequest {
        let (grid_size, steps) = match self.kind {
            Kind::Run => (64, 64),
            Kind::RunWithField => (48, 40),
            _ => (12, 6),
        };
        let include_field = self.kind == Kind::RunWithField;
        SimulationRequest { seed: self.seed, grid_size, steps, include_field, ..Default::default() }
    }

    fn stream(self) -> SimulationStreamRequest {
        let (grid_size, steps, stream_interval) = match self.kind {
            Kind::Stream => (48, 60, 3),
            Kind::StreamWithField => (48, 12, 1),
            _ => (12, 6, 2),
        };
        let include_field = self.kind == Kind::StreamWithField;
        let seed = self.seed;
        SimulationStreamRequest {
            seed,
            grid_size,
            steps,
            stream_interval,
            include_field,
            ..Default::default()
        }
    }

    fn features(self) -> FeatureRequest {
        FeatureRequest { seed: self.seed, grid_size: 32, steps: 20, ..Default::default() }
    }

    fn feature_stream(self) -> FeatureStreamRequest {
        FeatureStreamRequest {
            seed: self.seed,
            grid_size: 32,
            steps: 20,
            stream_interval: 5,
            ..Default::default()
        }
    }

    fn validation(self) -> ValidationRequest {
        ValidationRequest { seed: self.seed, grid_size: 16, steps: 8, ..Default::default() }
    }
}

fn features_of(simulation: &Simulation) -> Features {
    Features::of(simulation.field_v(), simulation.params().grid_size())
}

fn field(simulation: &Simulation) -> PotentialField {
    let grid_size = simulation.params().grid_size() as i32;
    PotentialField { grid_size, values_m_v: simulation.field_mv() }
}
