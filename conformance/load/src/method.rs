//! The methods that can be called.

use clap::ValueEnum;
use clap::builder::PossibleValue;

/// One of the five methods.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// Features of a final state.
    ExtractFeatures,
    /// Features of states under way, in a stream.
    StreamFeatures,
    /// The summary of a final state.
    RunSimulation,
    /// The summaries of states under way, in a stream.
    StreamSimulation,
    /// The training run.
    ValidatePattern,
}

impl Method {
    /// Its service and its own name, as in the path of a call.
    pub(super) const fn full_name(self) -> &'static str {
        match self {
            Self::ExtractFeatures => "mfn.MFNFeaturesService/ExtractFeatures",
            Self::StreamFeatures => "mfn.MFNFeaturesService/StreamFeatures",
            Self::RunSimulation => "mfn.MFNSimulationService/RunSimulation",
            Self::StreamSimulation => "mfn.MFNSimulationService/StreamSimulation",
            Self::ValidatePattern => "mfn.MFNValidationService/ValidatePattern",
        }
    }

    /// Its name within its service.
    pub(super) fn name(self) -> &'static str {
        let name = self.full_name();
        name.split_once('/').map_or(name, |(_, name)| name)
    }

    /// Full name of the message that it takes.
    pub(super) const fn request_type(self) -> &'static str {
        match self {
            Self::ExtractFeatures => "mfn.FeatureRequest",
            Self::StreamFeatures => "mfn.FeatureStreamRequest",
            Self::RunSimulation => "mfn.SimulationRequest",
            Self::StreamSimulation => "mfn.SimulationStreamRequest",
            Self::ValidatePattern => "mfn.ValidationRequest",
        }
    }
}

/// By its short name, or its full one.
impl ValueEnum for Method {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::RunSimulation,
            Self::StreamSimulation,
            Self::ExtractFeatures,
            Self::StreamFeatures,
            Self::ValidatePattern,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).alias(self.full_name()))
    }
}
