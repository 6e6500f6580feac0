//! What is sent for a call in each protocol.

use mfn_proto::SimulationRequest;
use prost::Message as _;

/// The method that is called.
pub(crate) const METHOD: &str = "/mfn.MFNSimulationService/RunSimulation";

/// What the call is written in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Grpc,
    GrpcWeb,
    /// Connect with JSON.
    ConnectJson,
}

/// One call as it is sent.
pub(crate) struct Call {
    /// The host, if the server asks for it: it does so of browsers.
    pub(crate) host: Option<&'static str>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// The first byte of the answer's body, if the call is not refused.
    pub(crate) answer_begins_with: u8,
}

impl Call {
    /// One of `RunSimulation`, 16 x 16 x 16.
    pub(crate) fn by(protocol: Protocol) -> Self {
        let (headers, body): (&[_], _) = match protocol {
            Protocol::Grpc => {
                (&[("content-type", "application/grpc"), ("te", "trailers")], prefixed_message())
            }
            Protocol::GrpcWeb => {
                (&[("content-type", "application/grpc-web+proto")], prefixed_message())
            }
            Protocol::ConnectJson => (
                &[("content-type", "application/json")],
                br#"{"seed":42,"gridSize":16,"steps":16}"#.to_vec(),
            ),
        };
        Self {
            host: (protocol != Protocol::Grpc).then_some("localhost"),
            headers: headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            body,
            answer_begins_with: if protocol == Protocol::ConnectJson { b'{' } else { 0 },
        }
    }
}

fn prefixed_message() -> Vec<u8> {
    let message = SimulationRequest { seed: 42, grid_size: 16, steps: 16, ..Default::default() };
    let message = message.encode_to_vec();
    [&[0], (message.len() as u32).to_be_bytes().as_slice(), &message].concat()
}
