//! The wire types of MFN, generated from `proto/mfn.proto`, which documents
//! every service, message and field.
//!
//! - feature `client`: the stubs, such as
//!   `mfn_simulation_service_client::MfnSimulationServiceClient`;
//! - feature `server`: the traits to implement, such as
//!   `mfn_simulation_service_server::MfnSimulationService`.
//!
//! A field whose unit is in its name loses the unit's capital here:
//! `pot_min_mV` is `pot_min_m_v`.
#![forbid(unsafe_code)]

pub use generated::*;

/// `mfn.proto` as a serialised `google.protobuf.FileDescriptorSet`, comments
/// included.
pub const FILE_DESCRIPTOR_SET: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/mfn_descriptor.bin"));

/// What the build script made. Its style is the generator's, and its comments
/// are the proto file's, which are not written for rustdoc.
#[allow(missing_docs, clippy::pedantic, rustdoc::all, reason = "generated code")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/mfn.rs"));
}
