//! Which fields the request messages of a service have, by its descriptor.

use std::sync::Arc;

use prost::Message as _;
use prost::encoding::WireType;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};

/// Name of the field that has the id of a call.
const REQUEST_ID: &str = "request_id";
const OUR_DESCRIPTORS: &str = "the build made the descriptors of every service that is served";

/// The methods of a service, by what they take.
#[derive(Clone, Debug)]
pub(crate) struct Methods(Arc<[Method]>);

/// A method.
#[derive(Clone, Debug)]
pub(crate) struct Method {
    /// Without its service.
    pub(crate) name: Arc<str>,
    path: String,
    /// The message that it takes.
    pub(crate) request: Arc<Schema>,
}

/// The fields of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Schema {
    fields: Vec<Field>,
}

/// A field of one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) number: u32,
    pub(super) kind: Kind,
    /// Whether it has the id of the call.
    pub(super) is_request_id: bool,
}

/// How a value is written, and what is checked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Varint,
    EightBytes,
    Text,
    Message,
}

impl Methods {
    /// Those of `service`, such as `mfn.MFNSimulationService`, which an encoded
    /// set of `descriptors` describes.
    pub(crate) fn of(service: &str, descriptors: &[u8]) -> Self {
        let set = FileDescriptorSet::decode(descriptors).expect(OUR_DESCRIPTORS);
        let (package, name) = service.rsplit_once('.').expect(OUR_DESCRIPTORS);
        let of_package = || set.file.iter().filter(|file| file.package() == package);
        let methods = of_package()
            .flat_map(|file| &file.service)
            .filter(|service| service.name() == name)
            .flat_map(|service| &service.method)
            .map(|method| {
                let request = of_package()
                    .flat_map(|file| &file.message_type)
                    .find(|message| method.input_type() == format!(".{package}.{}", message.name()))
                    .expect(OUR_DESCRIPTORS);
                let path = format!("/{service}/{}", method.name());
                let name = method.name().into();
                Method { name, path, request: Arc::new(Schema::of(request)) }
            });
        Self(methods.collect())
    }

    /// The method at `path`, if there is one.
    pub(crate) fn at(&self, path: &str) -> Option<&Method> {
        self.0.iter().find(|method| method.path == path)
    }
}

impl Schema {
    fn of(message: &DescriptorProto) -> Self {
        Self { fields: message.field.iter().map(Field::of).collect() }
    }

    /// The place of the field with this number, if the message has one.
    pub(super) fn position(&self, number: u32) -> Option<usize> {
        self.fields.iter().position(|field| field.number == number)
    }

    /// All fields, in the order of their places.
    pub(super) fn fields(&self) -> &[Field] {
        &self.fields
    }
}

impl Field {
    fn of(field: &FieldDescriptorProto) -> Self {
        let kind = match field.r#type() {
            Type::String => Kind::Text,
            Type::Message => Kind::Message,
            Type::Double => Kind::EightBytes,
            Type::Int32 | Type::Bool => Kind::Varint,
            _ => unreachable!("no request has such a field: {field:?}"),
        };
        assert_ne!(field.label(), Label::Repeated, "no request has such a field: {field:?}");
        Self { number: field.number() as u32, kind, is_request_id: field.name() == REQUEST_ID }
    }
}

impl Kind {
    pub(super) fn wire_type(self) -> WireType {
        match self {
            Self::Varint => WireType::Varint,
            Self::EightBytes => WireType::SixtyFourBit,
            Self::Text | Self::Message => WireType::LengthDelimited,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_takes_the_fields_of_its_message() {
        let methods = Methods::of("mfn.MFNValidationService", mfn_proto::FILE_DESCRIPTOR_SET);
        let method = methods.at("/mfn.MFNValidationService/ValidatePattern");
        let schema = &method.expect("it has this method").request;
        let numbers: Vec<_> = schema.fields().iter().map(|field| field.number).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8]);
        let kinds: Vec<_> = schema.fields().iter().map(|field| field.kind).collect();
        assert_eq!(kinds, [&[Kind::Text], &[Kind::Varint; 7][..]].concat());
        assert!(schema.fields()[0].is_request_id && !schema.fields()[1].is_request_id);
        assert_eq!(schema.position(2), Some(1));
        assert_eq!(schema.position(9), None);
        for unknown in ["/mfn.MFNValidationService/", "/mfn.MFNValidationService/Validate", ""] {
            assert!(methods.at(unknown).is_none(), "{unknown}");
        }
    }
}
