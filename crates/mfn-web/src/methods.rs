//! The methods that can be called, by their paths.

use std::collections::HashMap;

use prost_reflect::prost_types::MethodOptions;
use prost_reflect::prost_types::method_options::IdempotencyLevel;
use prost_reflect::{DescriptorPool, MessageDescriptor, MethodDescriptor};

/// What is known of a method.
#[derive(Clone, Debug)]
pub(crate) struct Method {
    pub(crate) request: MessageDescriptor,
    pub(crate) answer: MessageDescriptor,
    /// Whether its answers, or its requests, are streams.
    pub(crate) is_streaming: bool,
    /// Whether a call changes nothing, so that GET may make it.
    pub(crate) has_no_side_effects: bool,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Methods(HashMap<String, Method>);

impl Methods {
    /// All those of `descriptors`.
    pub(crate) fn of(descriptors: &DescriptorPool) -> Self {
        let services: Vec<_> = descriptors.services().collect();
        let methods = services.iter().flat_map(|service| {
            let path =
                |method: &MethodDescriptor| format!("/{}/{}", service.full_name(), method.name());
            service.methods().map(move |method| (path(&method), Method::of(&method)))
        });
        Self(methods.collect())
    }

    /// The one at this path, if there is one.
    pub(crate) fn at(&self, path: &str) -> Option<&Method> {
        self.0.get(path)
    }
}

impl Method {
    fn of(method: &MethodDescriptor) -> Self {
        let proto = method.method_descriptor_proto();
        let level = proto.options.as_ref().map(MethodOptions::idempotency_level);
        Self {
            request: method.input(),
            answer: method.output(),
            is_streaming: method.is_server_streaming() || method.is_client_streaming(),
            has_no_side_effects: level == Some(IdempotencyLevel::NoSideEffects),
        }
    }

    /// Whether GET may call it.
    pub(crate) fn may_be_got(&self) -> bool {
        self.has_no_side_effects && !self.is_streaming
    }
}
