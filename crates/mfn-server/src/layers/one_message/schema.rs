//! Which fields the request messages of a service have, by its descriptor.

use std::sync::Arc;

use prost::Message as _;
use prost::encoding::WireType;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};

/// Name of the field that has the id of a call.
const REQUEST_ID: &str = "request_id";
const OUR_DESCRIPTORS: &str = "the build made the descriptors of every service that is served";

/// The fields of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Schema {
    fields: Vec<Field>,
}

/// A field that is read: a number, or text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) number: u32,
    pub(super) wire_type: WireType,
    /// Whether it has the id of the call.
    pub(super) is_request_id: bool,
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
        let wire_type = match field.r#type() {
            Type::String => WireType::LengthDelimited,
            Type::Double => WireType::SixtyFourBit,
            Type::Int32
            | Type::Int64
            | Type::Uint32
            | Type::Uint64
            | Type::Sint32
            | Type::Sint64
            | Type::Bool
            | Type::Enum => WireType::Varint,
            _ => unreachable!("requests have texts, doubles and varints, and no {field:?}"),
        };
        assert_ne!(field.label(), Label::Repeated, "{field:?} is read as one value");
        Self { number: field.number() as u32, wire_type, is_request_id: field.name() == REQUEST_ID }
    }
}

/// The request messages of a service's methods.
#[derive(Clone, Debug)]
pub(crate) struct Requests(Arc<[(String, Arc<Schema>)]>);

impl Requests {
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
                let message = of_package()
                    .flat_map(|file| &file.message_type)
                    .find(|message| method.input_type() == format!(".{package}.{}", message.name()))
                    .expect(OUR_DESCRIPTORS);
                (format!("/{service}/{}", method.name()), Arc::new(Schema::of(message)))
            });
        Self(methods.collect())
    }

    /// What the method at `path` takes, if there is one.
    pub(super) fn taken_at(&self, path: &str) -> Option<Arc<Schema>> {
        let found = self.0.iter().find(|(method, _)| method == path);
        found.map(|(_, schema)| Arc::clone(schema))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_takes_the_fields_of_its_message() {
        let requests = Requests::of("mfn.MFNValidationService", mfn_proto::FILE_DESCRIPTOR_SET);
        let schema = requests.taken_at("/mfn.MFNValidationService/ValidatePattern");
        let schema = schema.expect("it has this method");
        let numbers: Vec<_> = schema.fields().iter().map(|field| field.number).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(schema.fields()[0].wire_type, WireType::LengthDelimited);
        assert!(schema.fields()[0].is_request_id && !schema.fields()[1].is_request_id);
        assert_eq!(schema.position(2), Some(1));
        assert_eq!(schema.position(9), None);
        for unknown in ["/mfn.MFNValidationService/", "/mfn.MFNValidationService/Validate", ""] {
            assert_eq!(requests.taken_at(unknown), None, "{unknown}");
        }
    }
}
