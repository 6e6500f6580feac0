//! Where what is beside gRPC is plugged in: around all layers, so that they see one call
//! whatever it is written in.

#[cfg(feature = "web")]
mod plugged;
#[cfg(feature = "web")]
mod read_in_time;
#[cfg(not(feature = "web"))]
mod unplugged;

#[cfg(all(feature = "web", feature = "fuzzing"))]
pub(crate) use plugged::Layers;
#[cfg(feature = "web")]
pub(crate) use plugged::{CallData, layer};
#[cfg(all(not(feature = "web"), feature = "fuzzing"))]
pub(crate) use unplugged::Layers;
#[cfg(not(feature = "web"))]
pub(crate) use unplugged::{CallData, layer};

/// What is known of the services that are called.
#[cfg_attr(not(feature = "web"), expect(dead_code, reason = "only the web reads it"))]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Described<'a> {
    /// Encoded sets of the files that describe them, and the details of their errors.
    pub(crate) descriptors: &'a [&'a [u8]],
    /// Most bytes that are kept of a message which has to be received as a whole before it
    /// can be passed on.
    pub(crate) max_whole_bytes: usize,
}

impl Described<'static> {
    /// Those of MFN, of whose requests none has as much as a KiB that matters.
    pub(crate) const MFN: Self = Self {
        descriptors: &[
            mfn_proto::FILE_DESCRIPTOR_SET,
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
            tonic_types::pb::FILE_DESCRIPTOR_SET,
        ],
        max_whole_bytes: 16 * 1024,
    };
}
