//! What the web is told.

use prost_reflect::DescriptorPool;

use crate::cors::Origins;
use crate::page::Page;

/// What a [`crate::WebLayer`] is made of.
#[derive(Clone, Debug)]
pub struct Config {
    /// The services that are called, and the types of errors' details.
    pub descriptors: DescriptorPool,
    /// Pages of which origins may call, beside those of the server's own.
    pub origins: Origins,
    /// Whether a page of any other origin is refused before anything is done for it, and
    /// not merely kept from reading the answer. It is where callers need no credentials.
    pub refuses_other_origins: bool,
    /// Whether only addresses, `localhost` and the hosts of `origins` are taken for the
    /// host of a request, so that no page can have its own name lead here (DNS rebinding).
    pub refuses_other_hosts: bool,
    /// What is answered at `/`. None answers calls only.
    pub page: Option<Page>,
    /// Most bytes of a message that has to be there as a whole before it can be passed
    /// on: in JSON, or without its length.
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
            refuses_other_origins: false,
            refuses_other_hosts: false,
            page: None,
            max_whole_message_bytes: 16 * 1024,
        })
    }
}
