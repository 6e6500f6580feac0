//! The five methods, and their messages.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, MessageDescriptor, MethodDescriptor};

use crate::nearest::nearest;

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(mfn_proto::FILE_DESCRIPTOR_SET).expect("the build made them")
});

/// A method of MFN.
#[derive(Clone, Debug)]
pub(super) struct Method(MethodDescriptor);

/// Which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    RunSimulation,
    StreamSimulation,
    ExtractFeatures,
    StreamFeatures,
    ValidatePattern,
}

impl Method {
    /// The method that `text` names: alone, or with its service before it.
    ///
    /// # Errors
    /// There is none: then a sentence with those that there are.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let name = text.strip_prefix('/').unwrap_or(text);
        let methods = all();
        if let Some(method) = methods.iter().find(|method| method.is_named(name)) {
            return Ok(method.clone());
        }
        let names: Vec<_> = methods.iter().map(Self::name).collect();
        let full: Vec<_> = methods.iter().map(Self::full_name).collect();
        let known: Vec<&str> =
            names.iter().copied().chain(full.iter().map(String::as_str)).collect();
        let meant = nearest(name, &known);
        let meant = meant.map(|meant| format!("; perhaps {meant} is meant")).unwrap_or_default();
        Err(format!("MFN has no such method, but {}{meant}", names.join(", ")))
    }

    pub(super) fn kind(&self) -> Kind {
        match self.name() {
            "RunSimulation" => Kind::RunSimulation,
            "StreamSimulation" => Kind::StreamSimulation,
            "ExtractFeatures" => Kind::ExtractFeatures,
            "StreamFeatures" => Kind::StreamFeatures,
            _ => Kind::ValidatePattern,
        }
    }

    pub(super) fn is_stream(&self) -> bool {
        self.0.is_server_streaming()
    }

    pub(super) fn name(&self) -> &str {
        self.0.name()
    }

    pub(super) fn request(&self) -> MessageDescriptor {
        self.0.input()
    }

    pub(super) fn answer(&self) -> MessageDescriptor {
        self.0.output()
    }

    fn full_name(&self) -> String {
        format!("{}/{}", self.0.parent_service().full_name(), self.name())
    }

    fn is_named(&self, name: &str) -> bool {
        name == self.name() || name == self.full_name()
    }
}

fn all() -> Vec<Method> {
    let services = POOL.services().filter(|service| service.package_name() == "mfn");
    services.flat_map(|service| service.methods().map(Method).collect::<Vec<_>>()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_has_its_own_kind() {
        let kinds: Vec<_> = all().iter().map(Method::kind).collect();
        assert_eq!(kinds.len(), 5);
        for (index, kind) in kinds.iter().enumerate() {
            assert!(!kinds[..index].contains(kind), "{kind:?}");
        }
    }
}
