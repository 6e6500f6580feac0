//! The methods that calls are counted by. All that is not served is one method,
//! since its name comes from a client.

use prost::Message as _;
use prost_types::{FileDescriptorSet, MethodDescriptorProto};

/// What stands for the type, service and method of a call to what is not served.
const OTHER: &str = "other";
const OUR_DESCRIPTORS: &str = "the build made the descriptors of every service that is served";

/// A service, and an encoded set of descriptors that has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServedService {
    pub(crate) name: &'static str,
    pub(crate) descriptors: &'static [u8],
}

/// See the module.
#[derive(Debug)]
pub(crate) struct MethodTable(Vec<Method>);

#[derive(Debug)]
struct Method {
    path: String,
    labels: MethodLabels,
}

/// How a method is named in metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MethodLabels {
    pub(crate) kind: &'static str,
    pub(crate) service: String,
    pub(crate) method: String,
}

impl MethodTable {
    /// The methods of `services`, and one for all others.
    pub(crate) fn of(services: &[ServedService]) -> Self {
        let mut methods: Vec<_> = services.iter().flat_map(methods_of).collect();
        let [service, method] = [OTHER, OTHER].map(str::to_owned);
        let labels = MethodLabels { kind: OTHER, service, method };
        methods.push(Method { path: String::new(), labels });
        Self(methods)
    }

    /// The number of the method at `path`.
    pub(super) fn number_of(&self, path: &str) -> usize {
        self.0.iter().position(|method| method.path == path).unwrap_or(self.0.len() - 1)
    }

    /// The labels of all methods, by their numbers.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &MethodLabels> {
        self.0.iter().map(|method| &method.labels)
    }
}

fn methods_of(service: &ServedService) -> Vec<Method> {
    let set = FileDescriptorSet::decode(service.descriptors).expect(OUR_DESCRIPTORS);
    let (package, name) = service.name.rsplit_once('.').expect(OUR_DESCRIPTORS);
    let described = set
        .file
        .iter()
        .filter(|file| file.package() == package)
        .flat_map(|file| &file.service)
        .find(|described| described.name() == name);
    let methods = &described.expect(OUR_DESCRIPTORS).method;
    methods.iter().map(|method| Method::of(service.name, method)).collect()
}

impl Method {
    fn of(service: &str, method: &MethodDescriptorProto) -> Self {
        let kind = match (method.client_streaming(), method.server_streaming()) {
            (false, false) => "unary",
            (true, false) => "client_stream",
            (false, true) => "server_stream",
            (true, true) => "bidi_stream",
        };
        let path = format!("/{service}/{}", method.name());
        let (service, method) = (service.to_owned(), method.name().to_owned());
        Self { path, labels: MethodLabels { kind, service, method } }
    }
}
