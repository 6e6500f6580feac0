//! `MFNValidationService`.

use mfn_proto::mfn_validation_service_server::MfnValidationService;
use mfn_proto::{ValidationRequest, ValidationResult};
use tonic::{Request, Response, Status};

/// Answers `MFNValidationService`.
#[derive(Clone, Debug)]
pub(crate) struct Validation;

#[tonic::async_trait]
impl MfnValidationService for Validation {
    async fn validate_pattern(
        &self,
        _: Request<ValidationRequest>,
    ) -> Result<Response<ValidationResult>, Status> {
        Err(Status::unimplemented("this version does not validate patterns"))
    }
}
