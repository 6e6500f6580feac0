//! The five calls.

use std::fmt;
use std::sync::Arc;

use mfn_proto::{
    FeatureFrame, FeatureRequest, FeatureResponse, FeatureStreamRequest, SimulationFrame,
    SimulationRequest, SimulationResult, SimulationStreamRequest, ValidationRequest,
    ValidationResult,
};

use crate::attempts::Policy;
use crate::call::{Caller, unary};
use crate::endpoints::Endpoints;
use crate::error::Error;
use crate::frames::Frames;
use crate::signing::Signer;

/// A client of one server or several. Clones share its connections.
#[derive(Clone)]
pub struct Client(Arc<Caller>);

impl Client {
    pub(crate) fn new(endpoints: Endpoints, signer: Option<Signer>, policy: Policy) -> Self {
        Self(Arc::new(Caller { endpoints: Arc::new(endpoints), signer, policy }))
    }

    /// Runs one simulation and summarises its final state.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn run_simulation(
        &self,
        request: SimulationRequest,
    ) -> Result<SimulationResult, Error> {
        unary(&self.0, "/mfn.MFNSimulationService/RunSimulation", request).await
    }

    /// Runs one simulation and summarises its state while it runs. The call begins when
    /// the stream is first polled.
    pub fn stream_simulation(&self, request: SimulationStreamRequest) -> Frames<SimulationFrame> {
        Frames::new(&self.0, "/mfn.MFNSimulationService/StreamSimulation", request)
    }

    /// Runs one simulation and measures its final state.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn extract_features(
        &self,
        request: FeatureRequest,
    ) -> Result<FeatureResponse, Error> {
        unary(&self.0, "/mfn.MFNFeaturesService/ExtractFeatures", request).await
    }

    /// Runs one simulation and measures its state while it runs. The call begins when the
    /// stream is first polled.
    pub fn stream_features(&self, request: FeatureStreamRequest) -> Frames<FeatureFrame> {
        Frames::new(&self.0, "/mfn.MFNFeaturesService/StreamFeatures", request)
    }

    /// Trains the reference network on simulated samples, and reports its losses beside
    /// the physical checks.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn validate_pattern(
        &self,
        request: ValidationRequest,
    ) -> Result<ValidationResult, Error> {
        unary(&self.0, "/mfn.MFNValidationService/ValidatePattern", request).await
    }
}

/// Without the key.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.0.endpoints).finish()
    }
}
