//! What the web is told.

use http::HeaderName;
use prost_reflect::DescriptorPool;

use crate::origins::Origins;
use crate::page::Page;

/// Most bytes of a message where nothing else is said: what servers of gRPC usually take.
const MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;
/// Most bytes that are kept of one where nothing else is said.
const MAX_WHOLE_MESSAGE_BYTES: usize = 16 * 1024;

/// What a [`crate::WebLayer`] is made of.
#[derive(Clone, Debug)]
pub struct Config {
    /// The services that are called, and the types of errors' details.
    pub descriptors: DescriptorPool,
    /// Pages of which origins may call, beside those of the server's own.
    pub origins: Origins,
    /// The name of the setting that has them, for who is told to set it.
    pub origins_setting: &'static str,
    /// Headers that pages of these origins may send, beside those of the protocols.
    pub allowed_headers: Vec<HeaderName>,
    /// Headers that they may read of an answer, beside those of the protocols.
    pub exposed_headers: Vec<HeaderName>,
    /// Whether a page of any other origin is refused before anything is done for it, and
    /// not merely kept from reading the answer. It is where callers need no credentials.
    pub refuses_other_origins: bool,
    /// Whether only addresses, `localhost` and the hosts of `origins` are taken for the
    /// host of a request, so that no page can have its own name lead here (DNS rebinding).
    pub refuses_other_hosts: bool,
    /// What is answered at `/`. None answers calls only.
    pub page: Option<Page>,
    /// Most bytes of a message in a request, as it is written.
    pub max_message_bytes: usize,
    /// Most bytes that are kept of a message which has to be received as a whole before it
    /// can be passed on: in JSON, whose white space does not count, or without its length.
    pub max_whole_message_bytes: usize,
}

/// Descriptors that do not go together.
#[derive(Debug, thiserror::Error)]
#[error("the descriptors cannot be used: {0}")]
pub struct InvalidDescriptors(String);

impl Config {
    /// Of the services in these serialised sets of files, without a page, for pages of no
    /// other origin.
    ///
    /// # Errors
    /// A set cannot be decoded, or lacks a file that another one imports.
    pub fn of(descriptor_sets: &[&[u8]]) -> Result<Self, InvalidDescriptors> {
        let mut descriptors = DescriptorPool::new();
        for set in descriptor_sets {
            descriptors
                .decode_file_descriptor_set(*set)
                .map_err(|error| InvalidDescriptors(error.to_string()))?;
        }
        Ok(Self {
            descriptors,
            origins: Origins::none(),
            origins_setting: "the allowed origins",
            allowed_headers: Vec::new(),
            exposed_headers: Vec::new(),
            refuses_other_origins: false,
            refuses_other_hosts: false,
            page: None,
            max_message_bytes: MAX_MESSAGE_BYTES,
            max_whole_message_bytes: MAX_WHOLE_MESSAGE_BYTES,
        })
    }
}
